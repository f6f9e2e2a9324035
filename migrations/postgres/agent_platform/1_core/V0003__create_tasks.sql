CREATE TABLE public.tasks (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    title varchar(500) NOT NULL,
    description text,
    status varchar(50) DEFAULT 'pending'
        CONSTRAINT tasks_status CHECK (status IN ('pending', 'in_progress', 'completed', 'failed', 'cancelled')),
    priority varchar(20) DEFAULT 'medium'
        CONSTRAINT tasks_priority CHECK (priority IN ('low', 'medium', 'high', 'urgent')),
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

COMMENT ON TABLE public.tasks IS 'What agents are to do, alone or as a step of a workflow';
COMMENT ON COLUMN public.tasks.id IS 'The task''s key';
COMMENT ON COLUMN public.tasks.title IS 'What it is, in a line';
COMMENT ON COLUMN public.tasks.description IS 'What it is, in full';
COMMENT ON COLUMN public.tasks.status IS 'How far it is';
COMMENT ON COLUMN public.tasks.priority IS 'How urgent it is';
COMMENT ON COLUMN public.tasks.assigned_agent_id IS 'Who does it; null until somebody is given it';
COMMENT ON COLUMN public.tasks.workflow_id IS 'The workflow that it is a step of, and goes with';
COMMENT ON COLUMN public.tasks.step_order IS 'Which step of the workflow it is';
COMMENT ON COLUMN public.tasks.context_data IS 'What the agent is told for it';
COMMENT ON COLUMN public.tasks.result_data IS 'What came of it';
COMMENT ON COLUMN public.tasks.started_at IS 'When work on it began';
COMMENT ON COLUMN public.tasks.completed_at IS 'When it ended';
COMMENT ON COLUMN public.tasks.deadline IS 'When it has to be done';
COMMENT ON COLUMN public.tasks.created_at IS 'When the row was made';
COMMENT ON COLUMN public.tasks.updated_at IS 'When the application last changed the row';
