-- Replaces session_identities: which agent a session is bound to.
CREATE TABLE core.sessions (
    session_id text PRIMARY KEY CHECK (session_id <> ''),
    agent_id text NOT NULL REFERENCES core.identities (agent_id) ON DELETE CASCADE,
    client_info jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(client_info) = 'object'),
    created_at timestamptz NOT NULL DEFAULT now(),
    last_active_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    CHECK (expires_at > created_at)
);

CREATE INDEX idx_sessions_agent ON core.sessions (agent_id, last_active_at DESC);
-- For the sweep of those that are over; a session without an end is never in it.
CREATE INDEX idx_sessions_expires ON core.sessions (expires_at) WHERE expires_at IS NOT NULL;
