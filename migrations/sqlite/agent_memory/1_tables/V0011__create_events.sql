-- What the files in .claude/logs held.
CREATE TABLE events (
    event_id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    -- A log that loses lines with the agent could not tell why that is gone.
    agent_id TEXT REFERENCES agents (agent_id) ON DELETE SET NULL,
    event_type TEXT NOT NULL,
    severity TEXT NOT NULL DEFAULT 'info'
        CONSTRAINT events_severity CHECK (severity IN ('debug', 'info', 'warning', 'error')),
    data TEXT NOT NULL DEFAULT '{}'
        CONSTRAINT events_data CHECK (json_valid(data) AND instr(replace(data, '\\', ''), '\u0000') = 0),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CONSTRAINT events_created_at CHECK (
            created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at, '+0 days')
            AND created_at >= '0001'
        ),
    CONSTRAINT events_text CHECK (
        replace(
            replace(replace(json_array(event_type, data), '\\', ''), '\u0000', CAST(x'ff' AS TEXT)), char(65533), ''
        ) NOT GLOB '*' || char(65533) || '*'
    )
) STRICT;
