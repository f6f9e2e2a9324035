-- A row for each call of a model. The turns of one session are one conversation. It stays when its agent goes: what
-- was said and what it cost is still true.
CREATE TABLE background_agents.llm_conversations (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    session_id uuid NOT NULL,
    turn integer NOT NULL CHECK (turn > 0),
    agent_id uuid REFERENCES background_agents.agents (id) ON DELETE SET NULL,
    trace_id uuid UNIQUE, -- LangSmith's run, where it was traced
    model text NOT NULL,
    status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'succeeded', 'failed')),
    prompt text NOT NULL,
    response text,
    error text,
    prompt_tokens integer CHECK (prompt_tokens >= 0),
    completion_tokens integer CHECK (completion_tokens >= 0),
    cost_microusd bigint CHECK (cost_microusd >= 0), -- millionths of a dollar: sums are exact on SQLite too
    latency_ms integer CHECK (latency_ms >= 0),
    metadata jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(metadata) = 'object'),
    timestamp timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT llm_conversations_response CHECK (status <> 'succeeded' OR response IS NOT NULL),
    CONSTRAINT llm_conversations_error CHECK ((status = 'failed') = (error IS NOT NULL)),
    -- Its index is the one that reads a conversation in order.
    UNIQUE (session_id, turn)
);
