-- HAS_MESSAGE and WROTE in the graph.
CREATE TABLE dialectic_messages (
    session_id TEXT NOT NULL REFERENCES dialectic_sessions (session_id) ON DELETE CASCADE,
    seq INTEGER NOT NULL CONSTRAINT dialectic_messages_seq CHECK (seq BETWEEN 1 AND 2147483647),
    agent_id TEXT REFERENCES agent_metadata (agent_id) ON DELETE SET NULL,
    type TEXT NOT NULL CONSTRAINT dialectic_messages_type CHECK (type IN ('thesis', 'antithesis', 'synthesis')),
    content TEXT NOT NULL
        CONSTRAINT dialectic_messages_content CHECK (
            json_valid(content)
            AND json_type(content) = 'object'
            AND instr(replace(content, '\\', ''), '\u0000') = 0
        ),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CONSTRAINT dialectic_messages_created_at CHECK (
            created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at, '+0 days')
            AND created_at >= '0001'
        ),
    -- A session is read in the order of its messages.
    PRIMARY KEY (session_id, seq),
    CONSTRAINT dialectic_messages_text CHECK (
        replace(
            replace(replace(json_array(content), '\\', ''), '\u0000', CAST(x'ff' AS TEXT)), char(65533), ''
        ) NOT GLOB '*' || char(65533) || '*'
    )
) STRICT;

CREATE INDEX idx_dialectic_messages_agent ON dialectic_messages (agent_id);
