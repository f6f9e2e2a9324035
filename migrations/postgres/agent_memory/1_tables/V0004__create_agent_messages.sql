CREATE TABLE agent_memory.agent_messages (
    message_id text PRIMARY KEY,
    -- What was said is still to be read when the one who said it is gone.
    from_agent text REFERENCES agent_memory.agents (agent_id) ON DELETE SET NULL,
    to_agent text NOT NULL REFERENCES agent_memory.agents (agent_id) ON DELETE CASCADE,
    message_type text NOT NULL,
    payload jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    read_at timestamptz,
    CONSTRAINT agent_messages_times_in_order CHECK (read_at >= created_at)
);
