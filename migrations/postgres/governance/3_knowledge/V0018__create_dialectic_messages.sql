-- HAS_MESSAGE and WROTE in the graph.
CREATE TABLE core.dialectic_messages (
    session_id text NOT NULL REFERENCES core.dialectic_sessions (session_id) ON DELETE CASCADE,
    seq integer NOT NULL CHECK (seq > 0),
    agent_id text REFERENCES core.identities (agent_id) ON DELETE SET NULL,
    type text NOT NULL CHECK (type IN ('thesis', 'antithesis', 'synthesis')),
    content jsonb NOT NULL CHECK (jsonb_typeof(content) = 'object'),
    created_at timestamptz NOT NULL DEFAULT now(),
    -- A session is read in the order of its messages.
    PRIMARY KEY (session_id, seq)
);

CREATE INDEX idx_dialectic_messages_agent ON core.dialectic_messages (agent_id);
