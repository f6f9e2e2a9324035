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

COMMENT ON TABLE agent_memory.agent_messages IS 'What agents tell each other';
COMMENT ON COLUMN agent_memory.agent_messages.message_id IS 'The message''s key';
COMMENT ON COLUMN agent_memory.agent_messages.from_agent IS 'Who wrote it; null where that one is gone';
COMMENT ON COLUMN agent_memory.agent_messages.to_agent IS 'Whom it is for';
COMMENT ON COLUMN agent_memory.agent_messages.message_type IS 'What kind of message it is';
COMMENT ON COLUMN agent_memory.agent_messages.payload IS 'What it says';
COMMENT ON COLUMN agent_memory.agent_messages.created_at IS 'When it was written';
COMMENT ON COLUMN agent_memory.agent_messages.read_at IS 'When it was read';
