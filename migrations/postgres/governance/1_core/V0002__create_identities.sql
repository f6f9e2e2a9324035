-- Replaces agent_metadata. The key is the agent's own id, not a new number: both databases are written at once for
-- days, and rows are compared by it.
CREATE TABLE core.identities (
    agent_id text PRIMARY KEY CHECK (agent_id <> ''),
    status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'waiting', 'paused', 'archived', 'deleted')),
    -- Lineage, which the graph has as SPAWNED. What an agent has spawned outlives it.
    parent_agent_id text REFERENCES core.identities (agent_id) ON DELETE SET NULL CHECK (parent_agent_id <> agent_id),
    spawn_reason text,
    api_key_hash text, -- never the key itself
    metadata jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(metadata) = 'object'),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz
);

-- Walks down a lineage; most agents have no parent.
CREATE INDEX idx_identities_parent ON core.identities (parent_agent_id) WHERE parent_agent_id IS NOT NULL;
