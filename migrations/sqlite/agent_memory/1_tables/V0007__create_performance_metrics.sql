CREATE TABLE performance_metrics (
    -- Numbers are not given twice, as PostgreSQL does not either.
    metric_id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    agent_id TEXT NOT NULL REFERENCES agents (agent_id) ON DELETE CASCADE,
    -- A measurement of the agent stays one without the task that it was made in.
    task_id TEXT REFERENCES tasks (task_id) ON DELETE SET NULL,
    metric_name TEXT NOT NULL,
    metric_value REAL NOT NULL,
    unit TEXT,
    recorded_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CHECK (recorded_at IS strftime('%Y-%m-%dT%H:%M:%fZ', recorded_at))
) STRICT;
