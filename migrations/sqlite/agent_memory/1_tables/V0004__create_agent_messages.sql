CREATE TABLE agent_messages (
    message_id TEXT PRIMARY KEY NOT NULL,
    -- What was said is still to be read when the one who said it is gone.
    from_agent TEXT REFERENCES agents (agent_id) ON DELETE SET NULL,
    to_agent TEXT NOT NULL REFERENCES agents (agent_id) ON DELETE CASCADE,
    message_type TEXT NOT NULL,
    payload TEXT NOT NULL DEFAULT '{}'
        CONSTRAINT agent_messages_payload CHECK (
            json_valid(payload)
            AND instr(replace(payload, '\\', ''), '\u0000') = 0
        ),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CONSTRAINT agent_messages_created_at CHECK (
            created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at, '+0 days')
            AND created_at >= '0001'
        ),
    read_at TEXT
        CONSTRAINT agent_messages_read_at CHECK (
            read_at IS strftime('%Y-%m-%dT%H:%M:%fZ', read_at, '+0 days')
            AND read_at >= '0001'
        ),
    CONSTRAINT agent_messages_times_in_order CHECK (read_at >= created_at),
    CONSTRAINT agent_messages_text CHECK (
        replace(
            replace(
                replace(json_array(message_id, message_type, payload), '\\', ''),
                '\u0000', CAST(x'ff' AS TEXT)
            ),
            char(65533), ''
        ) NOT GLOB '*' || char(65533) || '*'
    )
) STRICT;
