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
        CONSTRAINT performance_metrics_recorded_at CHECK (
            recorded_at IS strftime('%Y-%m-%dT%H:%M:%fZ', recorded_at, '+0 days')
            AND recorded_at >= '0001'
        ),
    CONSTRAINT performance_metrics_text CHECK (
        replace(
            replace(replace(json_array(metric_name, unit), '\\', ''), '\u0000', CAST(x'ff' AS TEXT)), char(65533), ''
        ) NOT GLOB '*' || char(65533) || '*'
    )
) STRICT;
