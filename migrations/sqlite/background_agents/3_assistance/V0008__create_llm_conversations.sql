-- A row for each call of a model. The turns of one session are one conversation. It stays when its agent goes: what
-- was said and what it cost is still true.
CREATE TABLE llm_conversations (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- no number is given twice
    session_id TEXT NOT NULL CONSTRAINT llm_conversations_session_id CHECK (
        session_id GLOB '????????-????-????-????-????????????' AND session_id NOT GLOB '*[^0-9a-f-]*'
        AND length(replace(session_id, '-', '')) = 32 AND length(CAST(session_id AS BLOB)) = 36
    ),
    turn INTEGER NOT NULL CONSTRAINT llm_conversations_turn CHECK (turn BETWEEN 1 AND 2147483647),
    agent_id TEXT REFERENCES agents (id) ON DELETE SET NULL,
    -- LangSmith's run, where it was traced.
    trace_id TEXT UNIQUE CONSTRAINT llm_conversations_trace_id CHECK (
        trace_id GLOB '????????-????-????-????-????????????' AND trace_id NOT GLOB '*[^0-9a-f-]*'
        AND length(replace(trace_id, '-', '')) = 32 AND length(CAST(trace_id AS BLOB)) = 36
    ),
    model TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'pending'
        CONSTRAINT llm_conversations_status CHECK (status IN ('pending', 'succeeded', 'failed')),
    prompt TEXT NOT NULL,
    response TEXT,
    error TEXT,
    prompt_tokens INTEGER CONSTRAINT llm_conversations_prompt_tokens CHECK (prompt_tokens BETWEEN 0 AND 2147483647),
    completion_tokens INTEGER
        CONSTRAINT llm_conversations_completion_tokens CHECK (completion_tokens BETWEEN 0 AND 2147483647),
    -- Millionths of a dollar, so that sums are exact.
    cost_microusd INTEGER CONSTRAINT llm_conversations_cost_microusd CHECK (cost_microusd >= 0),
    latency_ms INTEGER CONSTRAINT llm_conversations_latency_ms CHECK (latency_ms BETWEEN 0 AND 2147483647),
    metadata TEXT NOT NULL DEFAULT '{}'
        CONSTRAINT llm_conversations_metadata CHECK (
            json_type(metadata) = 'object'
            AND instr(replace(metadata, '\\', ''), '\u0000') = 0
        ),
    timestamp TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CONSTRAINT llm_conversations_timestamp CHECK (
            timestamp IS strftime('%Y-%m-%dT%H:%M:%fZ', timestamp, '+0 days')
            AND timestamp >= '0001'
        ),
    CONSTRAINT llm_conversations_response CHECK (status <> 'succeeded' OR response IS NOT NULL),
    CONSTRAINT llm_conversations_error CHECK ((status = 'failed') = (error IS NOT NULL)),
    -- Its index is the one that reads a conversation in order.
    UNIQUE (session_id, turn),
    CONSTRAINT llm_conversations_text CHECK (
        replace(
            replace(
                replace(json_array(model, prompt, response, error, metadata), '\\', ''),
                '\u0000', CAST(x'ff' AS TEXT)
            ),
            char(65533), ''
        ) NOT GLOB '*' || char(65533) || '*'
    )
) STRICT;
