-- A paused agent and a reviewer come to terms: PAUSED_AGENT and REVIEWER in the graph.
CREATE TABLE dialectic_sessions (
    session_id TEXT PRIMARY KEY NOT NULL CONSTRAINT dialectic_sessions_session_id CHECK (session_id <> ''),
    paused_agent_id TEXT NOT NULL REFERENCES agent_metadata (agent_id) ON DELETE CASCADE,
    -- Null until one is found, and again when that one goes.
    reviewer_agent_id TEXT REFERENCES agent_metadata (agent_id) ON DELETE SET NULL,
    status TEXT NOT NULL DEFAULT 'active'
        CONSTRAINT dialectic_sessions_status CHECK (status IN ('active', 'resolved', 'failed', 'escalated')),
    phase TEXT NOT NULL DEFAULT 'thesis'
        CONSTRAINT dialectic_sessions_phase CHECK (phase IN ('thesis', 'antithesis', 'synthesis')),
    reason TEXT,
    -- json_valid(NULL) is 0 to releases of SQLite that are not old.
    resolution TEXT
        CONSTRAINT dialectic_sessions_resolution CHECK (
            resolution IS NULL OR json_valid(resolution)
            AND json_type(resolution) = 'object'
            AND instr(replace(resolution, '\\', ''), '\u0000') = 0
        ),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CONSTRAINT dialectic_sessions_created_at CHECK (
            created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at, '+0 days')
            AND created_at >= '0001'
        ),
    resolved_at TEXT
        CONSTRAINT dialectic_sessions_resolved_at CHECK (
            resolved_at IS strftime('%Y-%m-%dT%H:%M:%fZ', resolved_at, '+0 days')
            AND resolved_at >= '0001'
        ),
    CONSTRAINT dialectic_sessions_two_agents CHECK (reviewer_agent_id <> paused_agent_id),
    CONSTRAINT dialectic_sessions_resolved CHECK (status <> 'resolved' OR resolved_at IS NOT NULL),
    CONSTRAINT dialectic_sessions_text CHECK (
        replace(
            replace(
                replace(json_array(session_id, reason, resolution), '\\', ''),
                '\u0000', CAST(x'ff' AS TEXT)
            ),
            char(65533), ''
        ) NOT GLOB '*' || char(65533) || '*'
    )
) STRICT;

-- An agent is paused by one session at a time.
CREATE UNIQUE INDEX idx_dialectic_sessions_active ON dialectic_sessions (paused_agent_id) WHERE status = 'active';
CREATE INDEX idx_dialectic_sessions_paused ON dialectic_sessions (paused_agent_id, created_at DESC);
CREATE INDEX idx_dialectic_sessions_reviewer ON dialectic_sessions (reviewer_agent_id, created_at DESC);
