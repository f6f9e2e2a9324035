-- Without an agent it is a metric of the host.
CREATE TABLE performance_metrics (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- no number is given twice
    agent_id TEXT REFERENCES agents (id) ON DELETE CASCADE,
    metric_name TEXT NOT NULL CONSTRAINT performance_metrics_metric_name CHECK (metric_name <> ''),
    -- Finite: 9e999 is infinity, and NaN is NULL to SQLite.
    value REAL NOT NULL CONSTRAINT performance_metrics_value CHECK (abs(value) < 9e999),
    unit TEXT,
    labels TEXT NOT NULL DEFAULT '{}'
        CONSTRAINT performance_metrics_labels CHECK (
            json_type(labels) = 'object'
            AND instr(replace(labels, '\\', ''), '\u0000') = 0
        ),
    timestamp TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CONSTRAINT performance_metrics_timestamp CHECK (
            timestamp IS strftime('%Y-%m-%dT%H:%M:%fZ', timestamp, '+0 days')
            AND timestamp >= '0001'
        ),
    CONSTRAINT performance_metrics_text CHECK (
        replace(
            replace(replace(json_array(metric_name, unit, labels), '\\', ''), '\u0000', CAST(x'ff' AS TEXT)), char(65533), ''
        ) NOT GLOB '*' || char(65533) || '*'
    )
) STRICT;
