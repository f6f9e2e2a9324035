-- In public, where the application of the plan looks for its tables; named, so that no search path leads elsewhere.
CREATE TABLE public.agents (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name varchar(255) NOT NULL,
    agent_type varchar(50) NOT NULL
        CONSTRAINT agents_agent_type CHECK (agent_type IN ('chief_of_staff', 'master_operator')),
    status varchar(50) DEFAULT 'idle'
        CONSTRAINT agents_status CHECK (status IN ('idle', 'active', 'busy', 'error', 'offline')),
    capabilities jsonb DEFAULT '[]',
    system_prompt text,
    model_provider varchar(100) DEFAULT 'openrouter',
    model_name varchar(100) DEFAULT 'auto',
    performance_metrics jsonb DEFAULT '{}',
    last_heartbeat timestamptz,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now()
);

COMMENT ON TABLE public.agents IS 'Who works on the platform';
COMMENT ON COLUMN public.agents.id IS 'The agent''s key';
COMMENT ON COLUMN public.agents.name IS 'What people call it';
COMMENT ON COLUMN public.agents.agent_type IS 'What it does: chief_of_staff or master_operator';
COMMENT ON COLUMN public.agents.status IS 'What it is doing now; null where that is not known';
COMMENT ON COLUMN public.agents.capabilities IS 'What it can do, a JSON array';
COMMENT ON COLUMN public.agents.system_prompt IS 'What its model is told first';
COMMENT ON COLUMN public.agents.model_provider IS 'Who runs its model';
COMMENT ON COLUMN public.agents.model_name IS 'Which model it uses';
COMMENT ON COLUMN public.agents.performance_metrics IS 'How well it did, summed up by the application';
COMMENT ON COLUMN public.agents.last_heartbeat IS 'When it was last heard from';
COMMENT ON COLUMN public.agents.created_at IS 'When the row was made';
COMMENT ON COLUMN public.agents.updated_at IS 'When the application last changed the row';
