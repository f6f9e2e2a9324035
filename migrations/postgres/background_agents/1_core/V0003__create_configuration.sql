-- Settings: of the whole system where no agent is named, else what one agent has instead. No secrets: these stay in
-- the environment, since every backup has a copy of this table.
CREATE TABLE background_agents.configuration (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    agent_id uuid REFERENCES background_agents.agents (id) ON DELETE CASCADE,
    key text NOT NULL CHECK (key <> ''),
    value jsonb NOT NULL,
    description text,
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- Two partial indexes instead of one: NULLs are distinct to a unique constraint, and NULLS NOT DISTINCT needs
-- PostgreSQL 15. They stand here and not among the indexes, since without them a row could be there twice.
CREATE UNIQUE INDEX configuration_of_system ON background_agents.configuration (key) WHERE agent_id IS NULL;
CREATE UNIQUE INDEX configuration_of_agent ON background_agents.configuration (agent_id, key)
    WHERE agent_id IS NOT NULL;
