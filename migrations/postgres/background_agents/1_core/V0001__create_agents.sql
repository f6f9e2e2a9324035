-- Who works here. New kinds of agents are data: agent_type has a form, not a list.
CREATE TABLE background_agents.agents (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL UNIQUE, -- what the system initializer registers by, however often it starts
    agent_type text NOT NULL CHECK (agent_type ~ '^[a-z][a-z0-9_]*$'),
    state text NOT NULL DEFAULT 'registered'
        CHECK (state IN ('registered', 'starting', 'running', 'paused', 'stopping', 'stopped', 'failed')),
    state_changed_at timestamptz NOT NULL DEFAULT now(),
    -- How often it promises to be heard from; whoever is not for several of these counts as dead.
    heartbeat_interval_s integer NOT NULL DEFAULT 30 CHECK (heartbeat_interval_s BETWEEN 1 AND 86400),
    version text,
    capabilities jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(capabilities) = 'array'),
    registered_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    stopped_at timestamptz, -- a new start clears it
    CONSTRAINT agents_times CHECK (stopped_at >= started_at)
);
