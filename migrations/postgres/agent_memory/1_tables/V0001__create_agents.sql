CREATE TABLE agent_memory.agents (
    agent_id text PRIMARY KEY,
    agent_type text NOT NULL,
    status text NOT NULL CONSTRAINT agents_status CHECK (status IN ('active', 'idle', 'crashed', 'sleeping')),
    worktree_path text,
    branch_name text,
    -- With its zone: a plain timestamp means another moment in each session's time zone.
    created_at timestamptz DEFAULT now(),
    last_activity timestamptz DEFAULT now(),
    configuration jsonb,
    CONSTRAINT valid_agent_type CHECK (agent_type IN ('service-mesh', 'integration', 'pm', 'frontend'))
);

COMMENT ON TABLE agent_memory.agents IS 'Who works, and where';
COMMENT ON COLUMN agent_memory.agents.agent_id IS 'The agent''s own id';
COMMENT ON COLUMN agent_memory.agents.agent_type IS 'What it works on';
COMMENT ON COLUMN agent_memory.agents.status IS 'How it is';
COMMENT ON COLUMN agent_memory.agents.worktree_path IS 'Where its working copy is';
COMMENT ON COLUMN agent_memory.agents.branch_name IS 'The branch that it works on';
COMMENT ON COLUMN agent_memory.agents.created_at IS 'When it first came';
COMMENT ON COLUMN agent_memory.agents.last_activity IS 'When it was last seen';
COMMENT ON COLUMN agent_memory.agents.configuration IS 'Its settings';
