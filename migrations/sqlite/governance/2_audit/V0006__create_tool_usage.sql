-- Calls of tools; as audit_events, without foreign keys.
CREATE TABLE tool_usage (
    usage_id TEXT PRIMARY KEY NOT NULL CHECK (
        usage_id GLOB '????????-????-????-????-????????????' AND length(replace(usage_id, '-', '')) = 32
        AND usage_id NOT GLOB '*[^0-9a-f-]*'
    ),
    ts TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CHECK (ts IS strftime('%Y-%m-%dT%H:%M:%fZ', ts) AND ts >= '1970'),
    agent_id TEXT,
    session_id TEXT,
    tool_name TEXT NOT NULL CHECK (tool_name <> ''),
    latency_ms INTEGER CHECK (latency_ms >= 0),
    success INTEGER NOT NULL CHECK (success IN (0, 1)),
    error_type TEXT,
    payload TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(payload) AND json_type(payload) = 'object'),
    CHECK (NOT success OR error_type IS NULL)
) STRICT;

CREATE INDEX idx_tool_usage_ts ON tool_usage (ts);
CREATE INDEX idx_tool_usage_tool_ts ON tool_usage (tool_name, ts DESC);
CREATE INDEX idx_tool_usage_agent_ts ON tool_usage (agent_id, ts DESC);
