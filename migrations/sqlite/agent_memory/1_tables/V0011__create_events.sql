-- What the files in .claude/logs held.
CREATE TABLE events (
    event_id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    -- A log that loses lines with the agent could not tell why that is gone.
    agent_id TEXT REFERENCES agents (agent_id) ON DELETE SET NULL,
    event_type TEXT NOT NULL,
    severity TEXT NOT NULL DEFAULT 'info' CHECK (severity IN ('debug', 'info', 'warning', 'error')),
    data TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(data)),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CHECK (created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at))
) STRICT;
