-- Before the tasks, which reference it.
CREATE TABLE public.workflows (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name varchar(255) NOT NULL,
    description text,
    definition jsonb NOT NULL, -- steps and conditions
    status varchar(50) DEFAULT 'draft'
        CONSTRAINT workflows_status CHECK (status IN ('draft', 'active', 'paused', 'completed', 'failed')),
    version integer DEFAULT 1,
    -- Without ON DELETE, as in the plan: an agent that made a workflow is not deleted under it.
    created_by uuid REFERENCES public.agents (id),
    tags text[] DEFAULT '{}',
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now()
);

COMMENT ON TABLE public.workflows IS 'Procedures of several steps';
COMMENT ON COLUMN public.workflows.id IS 'The workflow''s key';
COMMENT ON COLUMN public.workflows.name IS 'What people call it';
COMMENT ON COLUMN public.workflows.description IS 'What it is for';
COMMENT ON COLUMN public.workflows.definition IS 'Its steps and conditions';
COMMENT ON COLUMN public.workflows.status IS 'Whether it may be started';
COMMENT ON COLUMN public.workflows.version IS 'Which revision of the definition this is';
COMMENT ON COLUMN public.workflows.created_by IS 'The agent that made it, which cannot be deleted before it';
COMMENT ON COLUMN public.workflows.tags IS 'Words to find it by';
COMMENT ON COLUMN public.workflows.created_at IS 'When the row was made';
COMMENT ON COLUMN public.workflows.updated_at IS 'When the application last changed the row';
