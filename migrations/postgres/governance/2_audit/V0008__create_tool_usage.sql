-- Calls of tools, a partition for each month (UTC); as audit.events, without foreign keys.
CREATE TABLE audit.tool_usage (
    usage_id uuid NOT NULL DEFAULT gen_random_uuid(),
    ts timestamptz NOT NULL DEFAULT now()
        CONSTRAINT tool_usage_ts CHECK (isfinite(ts) AND ts >= '1970-01-01 00:00:00+00'),
    agent_id text,
    session_id text,
    tool_name text NOT NULL CONSTRAINT tool_usage_tool_name CHECK (tool_name <> ''),
    latency_ms integer CONSTRAINT tool_usage_latency_ms CHECK (latency_ms >= 0),
    success boolean NOT NULL,
    error_type text,
    payload jsonb NOT NULL DEFAULT '{}' CONSTRAINT tool_usage_payload CHECK (jsonb_typeof(payload) = 'object'),
    CONSTRAINT tool_usage_error_of_failure CHECK (NOT success OR error_type IS NULL),
    PRIMARY KEY (usage_id, ts)
) PARTITION BY RANGE (ts);

CREATE TABLE audit.tool_usage_default PARTITION OF audit.tool_usage DEFAULT;

CREATE INDEX idx_tool_usage_ts ON audit.tool_usage (ts DESC);
CREATE INDEX idx_tool_usage_tool_ts ON audit.tool_usage (tool_name, ts DESC);
CREATE INDEX idx_tool_usage_agent_ts ON audit.tool_usage (agent_id, ts DESC);

COMMENT ON TABLE audit.tool_usage IS 'Calls of tools, a partition for each month';
COMMENT ON COLUMN audit.tool_usage.usage_id IS 'The id of the call; unique by being random';
COMMENT ON COLUMN audit.tool_usage.ts IS 'When it was made; which month has the row';
COMMENT ON COLUMN audit.tool_usage.agent_id IS 'Who made it, which may be gone';
COMMENT ON COLUMN audit.tool_usage.session_id IS 'The session in which it was made';
COMMENT ON COLUMN audit.tool_usage.tool_name IS 'Which tool it was';
COMMENT ON COLUMN audit.tool_usage.latency_ms IS 'How long it took, in milliseconds';
COMMENT ON COLUMN audit.tool_usage.success IS 'Whether it succeeded';
COMMENT ON COLUMN audit.tool_usage.error_type IS 'Why it failed';
COMMENT ON COLUMN audit.tool_usage.payload IS 'What else is known, a JSON object';
COMMENT ON TABLE audit.tool_usage_default IS 'What has no month yet; audit.partition_maintenance() moves it';
