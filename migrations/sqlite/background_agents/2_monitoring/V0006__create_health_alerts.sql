-- Without an agent it is an alert of the system itself: the database, the host. With its agent an alert goes too,
-- since nobody could resolve it.
CREATE TABLE health_alerts (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- no number is given twice
    agent_id TEXT REFERENCES agents (id) ON DELETE CASCADE,
    alert_type TEXT NOT NULL CONSTRAINT health_alerts_alert_type CHECK (alert_type <> ''),
    severity TEXT NOT NULL CONSTRAINT health_alerts_severity CHECK (severity IN ('info', 'warning', 'critical')),
    status TEXT NOT NULL DEFAULT 'open'
        CONSTRAINT health_alerts_status CHECK (status IN ('open', 'acknowledged', 'resolved')),
    message TEXT NOT NULL,
    raised_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CONSTRAINT health_alerts_raised_at CHECK (
            raised_at IS strftime('%Y-%m-%dT%H:%M:%fZ', raised_at, '+0 days')
            AND raised_at >= '0001'
        ),
    acknowledged_at TEXT
        CONSTRAINT health_alerts_acknowledged_at CHECK (
            acknowledged_at IS strftime('%Y-%m-%dT%H:%M:%fZ', acknowledged_at, '+0 days')
            AND acknowledged_at >= '0001'
        ),
    acknowledged_by TEXT,
    resolved_at TEXT
        CONSTRAINT health_alerts_resolved_at CHECK (
            resolved_at IS strftime('%Y-%m-%dT%H:%M:%fZ', resolved_at, '+0 days')
            AND resolved_at >= '0001'
        ),
    CONSTRAINT health_alerts_acknowledged CHECK (status <> 'acknowledged' OR acknowledged_at IS NOT NULL),
    CONSTRAINT health_alerts_resolved CHECK ((status = 'resolved') = (resolved_at IS NOT NULL)),
    CONSTRAINT health_alerts_times CHECK (acknowledged_at >= raised_at AND resolved_at >= raised_at),
    CONSTRAINT health_alerts_text CHECK (
        replace(
            replace(
                replace(json_array(alert_type, message, acknowledged_by), '\\', ''),
                '\u0000', CAST(x'ff' AS TEXT)
            ),
            char(65533), ''
        ) NOT GLOB '*' || char(65533) || '*'
    )
) STRICT;

-- An alert that is not resolved is not raised again, whoever sees the reason at the same time:
-- `INSERT ... ON CONFLICT DO NOTHING`.
CREATE UNIQUE INDEX health_alerts_once ON health_alerts (agent_id, alert_type) WHERE status <> 'resolved';
CREATE UNIQUE INDEX health_alerts_once_of_system ON health_alerts (alert_type)
    WHERE status <> 'resolved' AND agent_id IS NULL;
