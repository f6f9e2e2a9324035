CREATE TABLE public.workflow_executions (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    workflow_id uuid NOT NULL REFERENCES public.workflows (id) ON DELETE CASCADE,
    status varchar(50) DEFAULT 'running'
        CONSTRAINT workflow_executions_status CHECK (status IN ('running', 'completed', 'failed', 'cancelled')),
    current_step integer DEFAULT 0,
    context_data jsonb DEFAULT '{}',
    result_data jsonb DEFAULT '{}',
    started_by uuid REFERENCES public.agents (id),
    started_at timestamptz DEFAULT now(),
    completed_at timestamptz,
    error_message text
);

COMMENT ON TABLE public.workflow_executions IS 'Runs of workflows';
COMMENT ON COLUMN public.workflow_executions.id IS 'The run''s key';
COMMENT ON COLUMN public.workflow_executions.workflow_id IS 'The workflow that runs';
COMMENT ON COLUMN public.workflow_executions.status IS 'How far it is';
COMMENT ON COLUMN public.workflow_executions.current_step IS 'The step that it is at';
COMMENT ON COLUMN public.workflow_executions.context_data IS 'What steps hand on to each other';
COMMENT ON COLUMN public.workflow_executions.result_data IS 'What came of it';
COMMENT ON COLUMN public.workflow_executions.started_by IS 'The agent that started it, which cannot be deleted before it';
COMMENT ON COLUMN public.workflow_executions.started_at IS 'When it began';
COMMENT ON COLUMN public.workflow_executions.completed_at IS 'When it ended';
COMMENT ON COLUMN public.workflow_executions.error_message IS 'Why it failed';
