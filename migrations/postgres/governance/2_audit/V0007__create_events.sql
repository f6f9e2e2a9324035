-- The audit trail, a partition for each month (UTC). It has no foreign keys: what is recorded of an agent stays when
-- the agent goes, and a record is never refused because somebody else is not there.
CREATE TABLE audit.events (
    event_id uuid NOT NULL DEFAULT gen_random_uuid(),
    -- Infinity has no month, and what is before 1970 comes from no clock.
    ts timestamptz NOT NULL DEFAULT now() CONSTRAINT events_ts CHECK (isfinite(ts) AND ts >= '1970-01-01 00:00:00+00'),
    agent_id text,
    session_id text,
    event_type text NOT NULL CONSTRAINT events_event_type CHECK (event_type <> ''),
    confidence double precision CONSTRAINT events_confidence CHECK (confidence BETWEEN 0 AND 1),
    payload jsonb NOT NULL DEFAULT '{}' CONSTRAINT events_payload CHECK (jsonb_typeof(payload) = 'object'),
    -- A key of a partitioned table holds the column that it is partitioned by.
    PRIMARY KEY (event_id, ts)
) PARTITION BY RANGE (ts);

-- Takes what has no month yet, so that no record is ever refused; audit.partition_maintenance() moves it.
CREATE TABLE audit.events_default PARTITION OF audit.events DEFAULT;

-- The newest of all, whoever did it: ORDER BY ts DESC LIMIT reads the first entries of each month.
CREATE INDEX idx_events_ts ON audit.events (ts DESC);
CREATE INDEX idx_events_agent_ts ON audit.events (agent_id, ts DESC);
CREATE INDEX idx_events_type_ts ON audit.events (event_type, ts DESC);

COMMENT ON TABLE audit.events IS 'The audit trail, a partition for each month';
COMMENT ON COLUMN audit.events.event_id IS 'The event''s id; unique by being random';
COMMENT ON COLUMN audit.events.ts IS 'When it happened; which month has the row';
COMMENT ON COLUMN audit.events.agent_id IS 'Who did it, which may be gone';
COMMENT ON COLUMN audit.events.session_id IS 'The session in which it was done';
COMMENT ON COLUMN audit.events.event_type IS 'What kind of event it is';
COMMENT ON COLUMN audit.events.confidence IS 'How sure of it one is, from 0 to 1';
COMMENT ON COLUMN audit.events.payload IS 'What happened, a JSON object';
COMMENT ON TABLE audit.events_default IS 'What has no month yet; audit.partition_maintenance() moves it';
