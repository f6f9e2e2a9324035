-- What happened. An event stays when its agent goes: it is then read all the more.
CREATE TABLE system_events (
    id INTEGER PRIMARY KEY,
    agent_id TEXT REFERENCES agents (id) ON DELETE SET NULL,
    event_type TEXT NOT NULL CHECK (event_type <> ''),
    severity TEXT NOT NULL DEFAULT 'info'
        CHECK (severity IN ('debug', 'info', 'warning', 'error', 'critical')),
    message TEXT NOT NULL,
    details TEXT NOT NULL DEFAULT '{}' CHECK (json_type(details) = 'object'),
    timestamp TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CHECK (timestamp IS strftime('%Y-%m-%dT%H:%M:%fZ', timestamp))
) STRICT;
