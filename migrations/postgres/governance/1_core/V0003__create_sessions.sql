-- Replaces session_identities: which agent a session is bound to.
CREATE TABLE core.sessions (
    session_id text PRIMARY KEY CONSTRAINT sessions_session_id CHECK (session_id <> ''),
    agent_id text NOT NULL REFERENCES core.identities (agent_id) ON DELETE CASCADE,
    client_info jsonb NOT NULL DEFAULT '{}'
        CONSTRAINT sessions_client_info CHECK (jsonb_typeof(client_info) = 'object'),
    created_at timestamptz NOT NULL DEFAULT now(),
    last_active_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    CONSTRAINT sessions_times CHECK (expires_at > created_at)
);

CREATE INDEX idx_sessions_agent ON core.sessions (agent_id, last_active_at DESC);
-- For the sweep of those that are over; a session without an end is never in it.
CREATE INDEX idx_sessions_expires ON core.sessions (expires_at) WHERE expires_at IS NOT NULL;

COMMENT ON TABLE core.sessions IS 'Which agent a session is bound to';
COMMENT ON COLUMN core.sessions.session_id IS 'The session''s key';
COMMENT ON COLUMN core.sessions.agent_id IS 'The agent';
COMMENT ON COLUMN core.sessions.client_info IS 'Who is at the other end, a JSON object';
COMMENT ON COLUMN core.sessions.created_at IS 'When it began';
COMMENT ON COLUMN core.sessions.last_active_at IS 'When it was last used';
COMMENT ON COLUMN core.sessions.expires_at IS 'When it ends; null for never';
