-- A paused agent and a reviewer come to terms: PAUSED_AGENT and REVIEWER in the graph.
CREATE TABLE core.dialectic_sessions (
    session_id text PRIMARY KEY CONSTRAINT dialectic_sessions_session_id CHECK (session_id <> ''),
    paused_agent_id text NOT NULL REFERENCES core.identities (agent_id) ON DELETE CASCADE,
    -- Null until one is found, and again when that one goes.
    reviewer_agent_id text REFERENCES core.identities (agent_id) ON DELETE SET NULL,
    status text NOT NULL DEFAULT 'active'
        CONSTRAINT dialectic_sessions_status CHECK (status IN ('active', 'resolved', 'failed', 'escalated')),
    phase text NOT NULL DEFAULT 'thesis'
        CONSTRAINT dialectic_sessions_phase CHECK (phase IN ('thesis', 'antithesis', 'synthesis')),
    reason text,
    resolution jsonb CONSTRAINT dialectic_sessions_resolution CHECK (jsonb_typeof(resolution) = 'object'),
    created_at timestamptz NOT NULL DEFAULT now(),
    resolved_at timestamptz,
    CONSTRAINT dialectic_sessions_two_agents CHECK (reviewer_agent_id <> paused_agent_id),
    CONSTRAINT dialectic_sessions_resolved CHECK (status <> 'resolved' OR resolved_at IS NOT NULL)
);

-- An agent is paused by one session at a time.
CREATE UNIQUE INDEX idx_dialectic_sessions_active ON core.dialectic_sessions (paused_agent_id) WHERE status = 'active';
CREATE INDEX idx_dialectic_sessions_paused ON core.dialectic_sessions (paused_agent_id, created_at DESC);
CREATE INDEX idx_dialectic_sessions_reviewer ON core.dialectic_sessions (reviewer_agent_id, created_at DESC);

COMMENT ON TABLE core.dialectic_sessions IS 'A paused agent and a reviewer come to terms';
COMMENT ON COLUMN core.dialectic_sessions.session_id IS 'The session''s key';
COMMENT ON COLUMN core.dialectic_sessions.paused_agent_id IS 'The agent that is paused';
COMMENT ON COLUMN core.dialectic_sessions.reviewer_agent_id IS 'Who reviews; null until one is found, and again when that one goes';
COMMENT ON COLUMN core.dialectic_sessions.status IS 'Whether it goes on';
COMMENT ON COLUMN core.dialectic_sessions.phase IS 'How far it is';
COMMENT ON COLUMN core.dialectic_sessions.reason IS 'Why the agent was paused';
COMMENT ON COLUMN core.dialectic_sessions.resolution IS 'What they agreed on, a JSON object';
COMMENT ON COLUMN core.dialectic_sessions.created_at IS 'When it began';
COMMENT ON COLUMN core.dialectic_sessions.resolved_at IS 'When they agreed';
