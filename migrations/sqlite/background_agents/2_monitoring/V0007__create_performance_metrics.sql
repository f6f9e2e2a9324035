-- Without an agent it is a metric of the host.
CREATE TABLE performance_metrics (
    id INTEGER PRIMARY KEY,
    agent_id TEXT REFERENCES agents (id) ON DELETE CASCADE,
    metric_name TEXT NOT NULL CHECK (metric_name <> ''),
    -- Finite: 9e999 is infinity, and NaN is NULL to SQLite.
    value REAL NOT NULL CHECK (abs(value) < 9e999),
    unit TEXT,
    labels TEXT NOT NULL DEFAULT '{}' CHECK (json_type(labels) = 'object'),
    timestamp TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CHECK (timestamp IS strftime('%Y-%m-%dT%H:%M:%fZ', timestamp))
) STRICT;
