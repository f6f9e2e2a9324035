CREATE TABLE public.tasks (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    title varchar(500) NOT NULL,
    description text,
    status varchar(50) DEFAULT 'pending'
        CHECK (status IN ('pending', 'in_progress', 'completed', 'failed', 'cancelled')),
    priority varchar(20) DEFAULT 'medium' CHECK (priority IN ('low', 'medium', 'high', 'urgent')),
    assigned_agent_id uuid REFERENCES public.agents (id) ON DELETE SET NULL,
    workflow_id uuid REFERENCES public.workflows (id) ON DELETE CASCADE,
    step_order integer DEFAULT 0,
    context_data jsonb DEFAULT '{}',
    result_data jsonb DEFAULT '{}',
    started_at timestamptz,
    completed_at timestamptz,
    deadline timestamptz,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now()
);
