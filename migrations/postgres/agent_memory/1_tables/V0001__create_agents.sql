CREATE TABLE agent_memory.agents (
    agent_id text PRIMARY KEY,
    agent_type text NOT NULL,
    status text NOT NULL CHECK (status IN ('active', 'idle', 'crashed', 'sleeping')),
    worktree_path text,
    branch_name text,
    -- With its zone: a plain timestamp means another moment in each session's time zone.
    created_at timestamptz DEFAULT now(),
    last_activity timestamptz DEFAULT now(),
    configuration jsonb,
    CONSTRAINT valid_agent_type CHECK (agent_type IN ('service-mesh', 'integration', 'pm', 'frontend'))
);
