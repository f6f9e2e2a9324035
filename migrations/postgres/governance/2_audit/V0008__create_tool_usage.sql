-- Calls of tools, a partition for each month (UTC); as audit.events, without foreign keys.
CREATE TABLE audit.tool_usage (
    usage_id uuid NOT NULL DEFAULT gen_random_uuid(),
    ts timestamptz NOT NULL DEFAULT now() CHECK (isfinite(ts) AND ts >= '1970-01-01 00:00:00+00'),
    agent_id text,
    session_id text,
    tool_name text NOT NULL CHECK (tool_name <> ''),
    latency_ms integer CHECK (latency_ms >= 0),
    success boolean NOT NULL,
    error_type text,
    payload jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(payload) = 'object'),
    CHECK (NOT success OR error_type IS NULL),
    PRIMARY KEY (usage_id, ts)
) PARTITION BY RANGE (ts);

CREATE TABLE audit.tool_usage_default PARTITION OF audit.tool_usage DEFAULT;

CREATE INDEX idx_tool_usage_ts ON audit.tool_usage USING brin (ts);
CREATE INDEX idx_tool_usage_tool_ts ON audit.tool_usage (tool_name, ts DESC);
CREATE INDEX idx_tool_usage_agent_ts ON audit.tool_usage (agent_id, ts DESC);
