-- Without an agent it is an alert of the system itself: the database, the host. With its agent an alert goes too,
-- since nobody could resolve it.
CREATE TABLE background_agents.health_alerts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    agent_id uuid REFERENCES background_agents.agents (id) ON DELETE CASCADE,
    alert_type text NOT NULL CHECK (alert_type <> ''),
    severity text NOT NULL CHECK (severity IN ('info', 'warning', 'critical')),
    status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'acknowledged', 'resolved')),
    message text NOT NULL,
    raised_at timestamptz NOT NULL DEFAULT now(),
    acknowledged_at timestamptz,
    acknowledged_by text,
    resolved_at timestamptz,
    CONSTRAINT health_alerts_acknowledged CHECK (status <> 'acknowledged' OR acknowledged_at IS NOT NULL),
    CONSTRAINT health_alerts_resolved CHECK ((status = 'resolved') = (resolved_at IS NOT NULL)),
    CONSTRAINT health_alerts_times CHECK (acknowledged_at >= raised_at AND resolved_at >= raised_at)
);

-- An alert that is not resolved is not raised again, whoever sees the reason at the same time:
-- `INSERT ... ON CONFLICT DO NOTHING`.
CREATE UNIQUE INDEX health_alerts_once ON background_agents.health_alerts (agent_id, alert_type)
    WHERE status <> 'resolved';
CREATE UNIQUE INDEX health_alerts_once_of_system ON background_agents.health_alerts (alert_type)
    WHERE status <> 'resolved' AND agent_id IS NULL;
