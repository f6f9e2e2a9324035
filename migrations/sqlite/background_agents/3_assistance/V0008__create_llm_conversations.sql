-- A row for each call of a model. The turns of one session are one conversation. It stays when its agent goes: what
-- was said and what it cost is still true.
CREATE TABLE llm_conversations (
    id INTEGER PRIMARY KEY,
    session_id TEXT NOT NULL CHECK (length(session_id) = 36 AND session_id = lower(session_id)),
    turn INTEGER NOT NULL CHECK (turn > 0),
    agent_id TEXT REFERENCES agents (id) ON DELETE SET NULL,
    -- LangSmith's run, where it was traced.
    trace_id TEXT UNIQUE CHECK (length(trace_id) = 36 AND trace_id = lower(trace_id)),
    model TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'succeeded', 'failed')),
    prompt TEXT NOT NULL,
    response TEXT,
    error TEXT,
    prompt_tokens INTEGER CHECK (prompt_tokens >= 0),
    completion_tokens INTEGER CHECK (completion_tokens >= 0),
    cost_microusd INTEGER CHECK (cost_microusd >= 0), -- millionths of a dollar, so that sums are exact
    latency_ms INTEGER CHECK (latency_ms >= 0),
    metadata TEXT NOT NULL DEFAULT '{}' CHECK (json_type(metadata) = 'object'),
    timestamp TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CHECK (timestamp IS strftime('%Y-%m-%dT%H:%M:%fZ', timestamp)),
    CONSTRAINT llm_conversations_response CHECK (status <> 'succeeded' OR response IS NOT NULL),
    CONSTRAINT llm_conversations_error CHECK ((status = 'failed') = (error IS NOT NULL)),
    -- Its index is the one that reads a conversation in order.
    UNIQUE (session_id, turn)
) STRICT;
