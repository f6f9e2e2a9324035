-- HAS_MESSAGE and WROTE in the graph.
CREATE TABLE dialectic_messages (
    session_id TEXT NOT NULL REFERENCES dialectic_sessions (session_id) ON DELETE CASCADE,
    seq INTEGER NOT NULL CHECK (seq > 0),
    agent_id TEXT REFERENCES agent_metadata (agent_id) ON DELETE SET NULL,
    type TEXT NOT NULL CHECK (type IN ('thesis', 'antithesis', 'synthesis')),
    content TEXT NOT NULL CHECK (json_valid(content) AND json_type(content) = 'object'),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CHECK (created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at)),
    -- A session is read in the order of its messages.
    PRIMARY KEY (session_id, seq)
) STRICT;

CREATE INDEX idx_dialectic_messages_agent ON dialectic_messages (agent_id);
