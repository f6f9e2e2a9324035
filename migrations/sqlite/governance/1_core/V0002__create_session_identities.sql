-- Which agent a session is bound to.
CREATE TABLE session_identities (
    session_id TEXT PRIMARY KEY NOT NULL CONSTRAINT session_identities_session_id CHECK (session_id <> ''),
    agent_id TEXT NOT NULL REFERENCES agent_metadata (agent_id) ON DELETE CASCADE,
    client_info TEXT NOT NULL DEFAULT '{}'
        CONSTRAINT session_identities_client_info CHECK (
            json_valid(client_info)
            AND json_type(client_info) = 'object'
            AND instr(replace(client_info, '\\', ''), '\u0000') = 0
        ),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CONSTRAINT session_identities_created_at CHECK (
            created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at, '+0 days')
            AND created_at >= '0001'
        ),
    last_active_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CONSTRAINT session_identities_last_active_at CHECK (
            last_active_at IS strftime('%Y-%m-%dT%H:%M:%fZ', last_active_at, '+0 days')
            AND last_active_at >= '0001'
        ),
    expires_at TEXT
        CONSTRAINT session_identities_expires_at CHECK (
            expires_at IS strftime('%Y-%m-%dT%H:%M:%fZ', expires_at, '+0 days')
            AND expires_at >= '0001'
        ),
    CONSTRAINT session_identities_times CHECK (expires_at > created_at),
    CONSTRAINT session_identities_text CHECK (
        replace(
            replace(replace(json_array(session_id, client_info), '\\', ''), '\u0000', CAST(x'ff' AS TEXT)), char(65533), ''
        ) NOT GLOB '*' || char(65533) || '*'
    )
) STRICT;

CREATE INDEX idx_session_identities_agent ON session_identities (agent_id, last_active_at DESC);
-- For the sweep of those that are over; a session without an end is never in it.
CREATE INDEX idx_session_identities_expires ON session_identities (expires_at) WHERE expires_at IS NOT NULL;
