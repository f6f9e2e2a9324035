CREATE TABLE agent_messages (
    message_id TEXT PRIMARY KEY NOT NULL,
    -- What was said is still to be read when the one who said it is gone.
    from_agent TEXT REFERENCES agents (agent_id) ON DELETE SET NULL,
    to_agent TEXT NOT NULL REFERENCES agents (agent_id) ON DELETE CASCADE,
    message_type TEXT NOT NULL,
    payload TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(payload)),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CHECK (created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at)),
    read_at TEXT CHECK (read_at IS strftime('%Y-%m-%dT%H:%M:%fZ', read_at)),
    CONSTRAINT agent_messages_times_in_order CHECK (read_at >= created_at)
) STRICT;
