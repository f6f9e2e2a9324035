-- Who works here. New kinds of agents are data: agent_type has a form, not a list.
CREATE TABLE background_agents.agents (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL UNIQUE, -- what the system initializer registers by, however often it starts
    agent_type text NOT NULL CONSTRAINT agents_agent_type CHECK (agent_type ~ '^[a-z][a-z0-9_]*$'),
    state text NOT NULL DEFAULT 'registered'
        CONSTRAINT agents_state CHECK (
            state IN ('registered', 'starting', 'running', 'paused', 'stopping', 'stopped', 'failed')
        ),
    state_changed_at timestamptz NOT NULL DEFAULT now(),
    -- How often it promises to be heard from; whoever is not for several of these counts as dead.
    heartbeat_interval_s integer NOT NULL DEFAULT 30
        CONSTRAINT agents_heartbeat_interval_s CHECK (heartbeat_interval_s BETWEEN 1 AND 86400),
    version text,
    capabilities jsonb NOT NULL DEFAULT '[]'
        CONSTRAINT agents_capabilities CHECK (jsonb_typeof(capabilities) = 'array'),
    registered_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    stopped_at timestamptz, -- a new start clears it
    CONSTRAINT agents_times CHECK (stopped_at >= started_at)
);

COMMENT ON TABLE background_agents.agents IS 'Who works here';
COMMENT ON COLUMN background_agents.agents.id IS 'The agent''s key';
COMMENT ON COLUMN background_agents.agents.name IS 'What it registers by, however often it starts';
COMMENT ON COLUMN background_agents.agents.agent_type IS 'What kind it is: a word, since new kinds are data';
COMMENT ON COLUMN background_agents.agents.state IS 'What it is doing';
COMMENT ON COLUMN background_agents.agents.state_changed_at IS 'Since when';
COMMENT ON COLUMN background_agents.agents.heartbeat_interval_s IS 'How often it promises to be heard from, in seconds';
COMMENT ON COLUMN background_agents.agents.version IS 'The version of its program';
COMMENT ON COLUMN background_agents.agents.capabilities IS 'What it can do, a JSON array';
COMMENT ON COLUMN background_agents.agents.registered_at IS 'When it registered first';
COMMENT ON COLUMN background_agents.agents.started_at IS 'When it was last started';
COMMENT ON COLUMN background_agents.agents.stopped_at IS 'When it last stopped; a new start clears it';
