-- Which agent a session is bound to.
CREATE TABLE session_identities (
    session_id TEXT PRIMARY KEY NOT NULL CHECK (session_id <> ''),
    agent_id TEXT NOT NULL REFERENCES agent_metadata (agent_id) ON DELETE CASCADE,
    client_info TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(client_info) AND json_type(client_info) = 'object'),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CHECK (created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at)),
    last_active_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CHECK (last_active_at IS strftime('%Y-%m-%dT%H:%M:%fZ', last_active_at)),
    expires_at TEXT CHECK (expires_at IS strftime('%Y-%m-%dT%H:%M:%fZ', expires_at)),
    CHECK (expires_at > created_at)
) STRICT;

CREATE INDEX idx_session_identities_agent ON session_identities (agent_id, last_active_at DESC);
-- For the sweep of those that are over; a session without an end is never in it.
CREATE INDEX idx_session_identities_expires ON session_identities (expires_at) WHERE expires_at IS NOT NULL;
