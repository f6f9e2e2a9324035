-- The audit trail. It has no foreign keys: what is recorded of an agent stays when the agent goes, and a record is
-- never refused because somebody else is not there. SQLite has no partitions: old rows are deleted by ts.
CREATE TABLE audit_events (
    -- A UUID in the form that PostgreSQL prints; the application makes it.
    event_id TEXT PRIMARY KEY NOT NULL CHECK (
        event_id GLOB '????????-????-????-????-????????????' AND length(replace(event_id, '-', '')) = 32
        AND event_id NOT GLOB '*[^0-9a-f-]*'
    ),
    ts TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CHECK (ts IS strftime('%Y-%m-%dT%H:%M:%fZ', ts) AND ts >= '1970'),
    agent_id TEXT,
    session_id TEXT,
    event_type TEXT NOT NULL CHECK (event_type <> ''),
    confidence REAL CHECK (confidence BETWEEN 0 AND 1),
    payload TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(payload) AND json_type(payload) = 'object')
) STRICT;

CREATE INDEX idx_audit_events_ts ON audit_events (ts);
CREATE INDEX idx_audit_events_agent_ts ON audit_events (agent_id, ts DESC);
CREATE INDEX idx_audit_events_type_ts ON audit_events (event_type, ts DESC);
