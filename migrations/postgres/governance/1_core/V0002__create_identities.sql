-- Replaces agent_metadata. The key is the agent's own id, not a new number: both databases are written at once for
-- days, and rows are compared by it.
CREATE TABLE core.identities (
    agent_id text PRIMARY KEY CONSTRAINT identities_agent_id CHECK (agent_id <> ''),
    status text NOT NULL DEFAULT 'active'
        CONSTRAINT identities_status CHECK (status IN ('active', 'waiting', 'paused', 'archived', 'deleted')),
    -- Lineage, which the graph has as SPAWNED. What an agent has spawned outlives it.
    parent_agent_id text REFERENCES core.identities (agent_id) ON DELETE SET NULL
        CONSTRAINT identities_parent_agent_id CHECK (parent_agent_id <> agent_id),
    spawn_reason text,
    api_key_hash text, -- never the key itself
    metadata jsonb NOT NULL DEFAULT '{}' CONSTRAINT identities_metadata CHECK (jsonb_typeof(metadata) = 'object'),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz
);

-- Walks down a lineage; most agents have no parent.
CREATE INDEX idx_identities_parent ON core.identities (parent_agent_id) WHERE parent_agent_id IS NOT NULL;

COMMENT ON TABLE core.identities IS 'Agents';
COMMENT ON COLUMN core.identities.agent_id IS 'The agent''s own id, the same in both databases';
COMMENT ON COLUMN core.identities.status IS 'Whether it works';
COMMENT ON COLUMN core.identities.parent_agent_id IS 'The agent that spawned it';
COMMENT ON COLUMN core.identities.spawn_reason IS 'Why it was spawned';
COMMENT ON COLUMN core.identities.api_key_hash IS 'A hash of its key, never the key';
COMMENT ON COLUMN core.identities.metadata IS 'What else is known, a JSON object';
COMMENT ON COLUMN core.identities.created_at IS 'When the row was made';
COMMENT ON COLUMN core.identities.updated_at IS 'When the application last changed the row';
COMMENT ON COLUMN core.identities.archived_at IS 'When it was put away';
