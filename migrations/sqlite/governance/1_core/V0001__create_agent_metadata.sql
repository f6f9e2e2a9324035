-- Timestamps are RFC 3339 in UTC everywhere: text in that one form sorts as time does. STRICT, so that a number is
-- none but a number: PostgreSQL, which takes this over, would refuse the rest.
CREATE TABLE agent_metadata (
    agent_id TEXT PRIMARY KEY NOT NULL CHECK (agent_id <> ''),
    status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'waiting', 'paused', 'archived', 'deleted')),
    -- Lineage, which the graph has as SPAWNED. What an agent has spawned outlives it.
    parent_agent_id TEXT REFERENCES agent_metadata (agent_id) ON DELETE SET NULL CHECK (parent_agent_id <> agent_id),
    spawn_reason TEXT,
    api_key_hash TEXT, -- never the key itself
    metadata TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(metadata) AND json_type(metadata) = 'object'),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CHECK (created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at)),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CHECK (updated_at IS strftime('%Y-%m-%dT%H:%M:%fZ', updated_at)),
    archived_at TEXT CHECK (archived_at IS strftime('%Y-%m-%dT%H:%M:%fZ', archived_at))
) STRICT;

-- Walks down a lineage; most agents have no parent.
CREATE INDEX idx_agent_metadata_parent ON agent_metadata (parent_agent_id) WHERE parent_agent_id IS NOT NULL;
