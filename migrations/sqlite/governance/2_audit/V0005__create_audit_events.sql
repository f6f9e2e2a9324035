-- The audit trail. It has no foreign keys: what is recorded of an agent stays when the agent goes, and a record is
-- never refused because somebody else is not there. SQLite has no partitions: old rows are deleted by ts.
CREATE TABLE audit_events (
    -- A UUID in the form that PostgreSQL prints; the application makes it.
    event_id TEXT PRIMARY KEY NOT NULL CONSTRAINT audit_events_event_id CHECK (
        event_id GLOB '????????-????-????-????-????????????' AND event_id NOT GLOB '*[^0-9a-f-]*'
        AND length(replace(event_id, '-', '')) = 32 AND length(CAST(event_id AS BLOB)) = 36
    ),
    ts TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CONSTRAINT audit_events_ts CHECK (ts IS strftime('%Y-%m-%dT%H:%M:%fZ', ts, '+0 days') AND ts >= '1970'),
    agent_id TEXT,
    session_id TEXT,
    event_type TEXT NOT NULL CONSTRAINT audit_events_event_type CHECK (event_type <> ''),
    confidence REAL CONSTRAINT audit_events_confidence CHECK (confidence BETWEEN 0 AND 1),
    payload TEXT NOT NULL DEFAULT '{}'
        CONSTRAINT audit_events_payload CHECK (
            json_valid(payload)
            AND json_type(payload) = 'object'
            AND instr(replace(payload, '\\', ''), '\u0000') = 0
        ),
    CONSTRAINT audit_events_text CHECK (
        replace(
            replace(
                replace(json_array(agent_id, session_id, event_type, payload), '\\', ''),
                '\u0000', CAST(x'ff' AS TEXT)
            ),
            char(65533), ''
        ) NOT GLOB '*' || char(65533) || '*'
    )
) STRICT;

CREATE INDEX idx_audit_events_ts ON audit_events (ts);
CREATE INDEX idx_audit_events_agent_ts ON audit_events (agent_id, ts DESC);
CREATE INDEX idx_audit_events_type_ts ON audit_events (event_type, ts DESC);
