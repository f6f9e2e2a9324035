-- HAS_MESSAGE and WROTE in the graph.
CREATE TABLE core.dialectic_messages (
    session_id text NOT NULL REFERENCES core.dialectic_sessions (session_id) ON DELETE CASCADE,
    seq integer NOT NULL CONSTRAINT dialectic_messages_seq CHECK (seq > 0),
    agent_id text REFERENCES core.identities (agent_id) ON DELETE SET NULL,
    type text NOT NULL CONSTRAINT dialectic_messages_type CHECK (type IN ('thesis', 'antithesis', 'synthesis')),
    content jsonb NOT NULL CONSTRAINT dialectic_messages_content CHECK (jsonb_typeof(content) = 'object'),
    created_at timestamptz NOT NULL DEFAULT now(),
    -- A session is read in the order of its messages.
    PRIMARY KEY (session_id, seq)
);

CREATE INDEX idx_dialectic_messages_agent ON core.dialectic_messages (agent_id);

COMMENT ON TABLE core.dialectic_messages IS 'What was said in a dialectic session, in order';
COMMENT ON COLUMN core.dialectic_messages.session_id IS 'The session';
COMMENT ON COLUMN core.dialectic_messages.seq IS 'Which one of the session it is, from 1';
COMMENT ON COLUMN core.dialectic_messages.agent_id IS 'Who said it; null where that one is gone';
COMMENT ON COLUMN core.dialectic_messages.type IS 'Which phase it belongs to';
COMMENT ON COLUMN core.dialectic_messages.content IS 'What was said, a JSON object';
COMMENT ON COLUMN core.dialectic_messages.created_at IS 'When it was said';
