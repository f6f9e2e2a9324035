-- Calls of tools; as audit_events, without foreign keys.
CREATE TABLE tool_usage (
    usage_id TEXT PRIMARY KEY NOT NULL CONSTRAINT tool_usage_usage_id CHECK (
        usage_id GLOB '????????-????-????-????-????????????' AND usage_id NOT GLOB '*[^0-9a-f-]*'
        AND length(replace(usage_id, '-', '')) = 32 AND length(CAST(usage_id AS BLOB)) = 36
    ),
    ts TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CONSTRAINT tool_usage_ts CHECK (ts IS strftime('%Y-%m-%dT%H:%M:%fZ', ts, '+0 days') AND ts >= '1970'),
    agent_id TEXT,
    session_id TEXT,
    tool_name TEXT NOT NULL CONSTRAINT tool_usage_tool_name CHECK (tool_name <> ''),
    latency_ms INTEGER CONSTRAINT tool_usage_latency_ms CHECK (latency_ms BETWEEN 0 AND 2147483647),
    success INTEGER NOT NULL CONSTRAINT tool_usage_success CHECK (success IN (0, 1)),
    error_type TEXT,
    payload TEXT NOT NULL DEFAULT '{}'
        CONSTRAINT tool_usage_payload CHECK (
            json_valid(payload)
            AND json_type(payload) = 'object'
            AND instr(replace(payload, '\\', ''), '\u0000') = 0
        ),
    CONSTRAINT tool_usage_error_of_failure CHECK (NOT success OR error_type IS NULL),
    CONSTRAINT tool_usage_text CHECK (
        replace(
            replace(
                replace(json_array(agent_id, session_id, tool_name, error_type, payload), '\\', ''),
                '\u0000', CAST(x'ff' AS TEXT)
            ),
            char(65533), ''
        ) NOT GLOB '*' || char(65533) || '*'
    )
) STRICT;

CREATE INDEX idx_tool_usage_ts ON tool_usage (ts);
CREATE INDEX idx_tool_usage_tool_ts ON tool_usage (tool_name, ts DESC);
CREATE INDEX idx_tool_usage_agent_ts ON tool_usage (agent_id, ts DESC);
