-- The audit trail, a partition for each month (UTC). It has no foreign keys: what is recorded of an agent stays when
-- the agent goes, and a record is never refused because somebody else is not there.
CREATE TABLE audit.events (
    event_id uuid NOT NULL DEFAULT gen_random_uuid(),
    -- Infinity has no month, and what is before 1970 comes from no clock.
    ts timestamptz NOT NULL DEFAULT now() CHECK (isfinite(ts) AND ts >= '1970-01-01 00:00:00+00'),
    agent_id text,
    session_id text,
    event_type text NOT NULL CHECK (event_type <> ''),
    confidence double precision CHECK (confidence BETWEEN 0 AND 1),
    payload jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(payload) = 'object'),
    -- A key of a partitioned table holds the column that it is partitioned by.
    PRIMARY KEY (event_id, ts)
) PARTITION BY RANGE (ts);

-- Takes what has no month yet, so that no record is ever refused; audit.partition_maintenance() moves it.
CREATE TABLE audit.events_default PARTITION OF audit.events DEFAULT;

-- Without an agent or a type: by month, and by block within it, which costs next to nothing to keep.
CREATE INDEX idx_events_ts ON audit.events USING brin (ts);
CREATE INDEX idx_events_agent_ts ON audit.events (agent_id, ts DESC);
CREATE INDEX idx_events_type_ts ON audit.events (event_type, ts DESC);
