-- A paused agent and a reviewer come to terms: PAUSED_AGENT and REVIEWER in the graph.
CREATE TABLE dialectic_sessions (
    session_id TEXT PRIMARY KEY NOT NULL CHECK (session_id <> ''),
    paused_agent_id TEXT NOT NULL REFERENCES agent_metadata (agent_id) ON DELETE CASCADE,
    -- Null until one is found, and again when that one goes.
    reviewer_agent_id TEXT REFERENCES agent_metadata (agent_id) ON DELETE SET NULL,
    status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'resolved', 'failed', 'escalated')),
    phase TEXT NOT NULL DEFAULT 'thesis' CHECK (phase IN ('thesis', 'antithesis', 'synthesis')),
    reason TEXT,
    -- json_valid(NULL) is 0 to releases of SQLite that are not old.
    resolution TEXT
        CHECK (resolution IS NULL OR json_valid(resolution) AND json_type(resolution) = 'object'),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CHECK (created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at)),
    resolved_at TEXT CHECK (resolved_at IS strftime('%Y-%m-%dT%H:%M:%fZ', resolved_at)),
    CHECK (reviewer_agent_id <> paused_agent_id),
    CHECK (status <> 'resolved' OR resolved_at IS NOT NULL)
) STRICT;

-- An agent is paused by one session at a time.
CREATE UNIQUE INDEX idx_dialectic_sessions_active ON dialectic_sessions (paused_agent_id) WHERE status = 'active';
CREATE INDEX idx_dialectic_sessions_paused ON dialectic_sessions (paused_agent_id, created_at DESC);
CREATE INDEX idx_dialectic_sessions_reviewer ON dialectic_sessions (reviewer_agent_id, created_at DESC);
