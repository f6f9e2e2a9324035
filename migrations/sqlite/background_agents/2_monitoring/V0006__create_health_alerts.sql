-- Without an agent it is an alert of the system itself: the database, the host. With its agent an alert goes too,
-- since nobody could resolve it.
CREATE TABLE health_alerts (
    id INTEGER PRIMARY KEY,
    agent_id TEXT REFERENCES agents (id) ON DELETE CASCADE,
    alert_type TEXT NOT NULL CHECK (alert_type <> ''),
    severity TEXT NOT NULL CHECK (severity IN ('info', 'warning', 'critical')),
    status TEXT NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'acknowledged', 'resolved')),
    message TEXT NOT NULL,
    raised_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CHECK (raised_at IS strftime('%Y-%m-%dT%H:%M:%fZ', raised_at)),
    acknowledged_at TEXT CHECK (acknowledged_at IS strftime('%Y-%m-%dT%H:%M:%fZ', acknowledged_at)),
    acknowledged_by TEXT,
    resolved_at TEXT CHECK (resolved_at IS strftime('%Y-%m-%dT%H:%M:%fZ', resolved_at)),
    CONSTRAINT health_alerts_acknowledged CHECK (status <> 'acknowledged' OR acknowledged_at IS NOT NULL),
    CONSTRAINT health_alerts_resolved CHECK ((status = 'resolved') = (resolved_at IS NOT NULL)),
    CONSTRAINT health_alerts_times CHECK (acknowledged_at >= raised_at AND resolved_at >= raised_at)
) STRICT;

-- An alert that is not resolved is not raised again, whoever sees the reason at the same time:
-- `INSERT ... ON CONFLICT DO NOTHING`.
CREATE UNIQUE INDEX health_alerts_once ON health_alerts (agent_id, alert_type) WHERE status <> 'resolved';
CREATE UNIQUE INDEX health_alerts_once_of_system ON health_alerts (alert_type)
    WHERE status <> 'resolved' AND agent_id IS NULL;
