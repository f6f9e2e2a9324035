-- What happened. An event stays when its agent goes: it is then read all the more.
CREATE TABLE system_events (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- no number is given twice
    agent_id TEXT REFERENCES agents (id) ON DELETE SET NULL,
    event_type TEXT NOT NULL CONSTRAINT system_events_event_type CHECK (event_type <> ''),
    severity TEXT NOT NULL DEFAULT 'info'
        CONSTRAINT system_events_severity CHECK (severity IN ('debug', 'info', 'warning', 'error', 'critical')),
    message TEXT NOT NULL,
    details TEXT NOT NULL DEFAULT '{}'
        CONSTRAINT system_events_details CHECK (
            json_type(details) = 'object'
            AND instr(replace(details, '\\', ''), '\u0000') = 0
        ),
    timestamp TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CONSTRAINT system_events_timestamp CHECK (
            timestamp IS strftime('%Y-%m-%dT%H:%M:%fZ', timestamp, '+0 days')
            AND timestamp >= '0001'
        ),
    CONSTRAINT system_events_text CHECK (
        replace(
            replace(replace(json_array(event_type, message, details), '\\', ''), '\u0000', CAST(x'ff' AS TEXT)), char(65533), ''
        ) NOT GLOB '*' || char(65533) || '*'
    )
) STRICT;
