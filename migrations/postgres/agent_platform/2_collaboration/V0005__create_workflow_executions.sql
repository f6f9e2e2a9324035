CREATE TABLE public.workflow_executions (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    workflow_id uuid NOT NULL REFERENCES public.workflows (id) ON DELETE CASCADE,
    status varchar(50) DEFAULT 'running' CHECK (status IN ('running', 'completed', 'failed', 'cancelled')),
    current_step integer DEFAULT 0,
    context_data jsonb DEFAULT '{}',
    result_data jsonb DEFAULT '{}',
    started_by uuid REFERENCES public.agents (id),
    started_at timestamptz DEFAULT now(),
    completed_at timestamptz,
    error_message text
);
