-- A paused agent and a reviewer come to terms: PAUSED_AGENT and REVIEWER in the graph.
CREATE TABLE core.dialectic_sessions (
    session_id text PRIMARY KEY CHECK (session_id <> ''),
    paused_agent_id text NOT NULL REFERENCES core.identities (agent_id) ON DELETE CASCADE,
    -- Null until one is found, and again when that one goes.
    reviewer_agent_id text REFERENCES core.identities (agent_id) ON DELETE SET NULL,
    status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'resolved', 'failed', 'escalated')),
    phase text NOT NULL DEFAULT 'thesis' CHECK (phase IN ('thesis', 'antithesis', 'synthesis')),
    reason text,
    resolution jsonb CHECK (jsonb_typeof(resolution) = 'object'),
    created_at timestamptz NOT NULL DEFAULT now(),
    resolved_at timestamptz,
    CHECK (reviewer_agent_id <> paused_agent_id),
    CHECK (status <> 'resolved' OR resolved_at IS NOT NULL)
);

-- An agent is paused by one session at a time.
CREATE UNIQUE INDEX idx_dialectic_sessions_active ON core.dialectic_sessions (paused_agent_id) WHERE status = 'active';
CREATE INDEX idx_dialectic_sessions_paused ON core.dialectic_sessions (paused_agent_id, created_at DESC);
CREATE INDEX idx_dialectic_sessions_reviewer ON core.dialectic_sessions (reviewer_agent_id, created_at DESC);
