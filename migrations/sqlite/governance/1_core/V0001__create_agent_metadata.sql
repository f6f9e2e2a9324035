-- Timestamps are RFC 3339 in UTC everywhere: text in that one form sorts as time does. STRICT, so that a number is
-- none but a number: PostgreSQL, which takes this over, would refuse the rest.
CREATE TABLE agent_metadata (
    agent_id TEXT PRIMARY KEY NOT NULL CONSTRAINT agent_metadata_agent_id CHECK (agent_id <> ''),
    status TEXT NOT NULL DEFAULT 'active'
        CONSTRAINT agent_metadata_status CHECK (status IN ('active', 'waiting', 'paused', 'archived', 'deleted')),
    -- Lineage, which the graph has as SPAWNED. What an agent has spawned outlives it.
    parent_agent_id TEXT REFERENCES agent_metadata (agent_id) ON DELETE SET NULL
        CONSTRAINT agent_metadata_parent_agent_id CHECK (parent_agent_id <> agent_id),
    spawn_reason TEXT,
    api_key_hash TEXT, -- never the key itself
    metadata TEXT NOT NULL DEFAULT '{}'
        CONSTRAINT agent_metadata_metadata CHECK (
            json_valid(metadata)
            AND json_type(metadata) = 'object'
            AND instr(replace(metadata, '\\', ''), '\u0000') = 0
        ),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CONSTRAINT agent_metadata_created_at CHECK (
            created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at, '+0 days')
            AND created_at >= '0001'
        ),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CONSTRAINT agent_metadata_updated_at CHECK (
            updated_at IS strftime('%Y-%m-%dT%H:%M:%fZ', updated_at, '+0 days')
            AND updated_at >= '0001'
        ),
    archived_at TEXT
        CONSTRAINT agent_metadata_archived_at CHECK (
            archived_at IS strftime('%Y-%m-%dT%H:%M:%fZ', archived_at, '+0 days')
            AND archived_at >= '0001'
        ),
    -- PostgreSQL's text has no NUL, which json_array() writes as \u0000, and nothing that is not UTF-8: most of that is
    -- U+FFFD to GLOB, as the byte FF is. A U+FFFD that is written as one is taken.
    CONSTRAINT agent_metadata_text CHECK (
        replace(
            replace(
                replace(json_array(agent_id, spawn_reason, api_key_hash, metadata), '\\', ''),
                '\u0000', CAST(x'ff' AS TEXT)
            ),
            char(65533), ''
        ) NOT GLOB '*' || char(65533) || '*'
    )
) STRICT;

-- Walks down a lineage; most agents have no parent.
CREATE INDEX idx_agent_metadata_parent ON agent_metadata (parent_agent_id) WHERE parent_agent_id IS NOT NULL;
