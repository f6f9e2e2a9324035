-- What the files in .claude/context held: a session of an agent, and what it knows.
CREATE TABLE agent_memory.context_sessions (
    session_id text PRIMARY KEY,
    agent_id text NOT NULL REFERENCES agent_memory.agents (agent_id) ON DELETE CASCADE,
    context jsonb NOT NULL DEFAULT '{}',
    token_count integer NOT NULL DEFAULT 0 CONSTRAINT context_sessions_token_count CHECK (token_count >= 0),
    started_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    CONSTRAINT context_sessions_times_in_order CHECK (ended_at >= started_at)
);

COMMENT ON TABLE agent_memory.context_sessions IS 'Sessions of agents, and what these know';
COMMENT ON COLUMN agent_memory.context_sessions.session_id IS 'The session''s key';
COMMENT ON COLUMN agent_memory.context_sessions.agent_id IS 'Whose session it is';
COMMENT ON COLUMN agent_memory.context_sessions.context IS 'What the agent knows in it';
COMMENT ON COLUMN agent_memory.context_sessions.token_count IS 'How long that is';
COMMENT ON COLUMN agent_memory.context_sessions.started_at IS 'When it began';
COMMENT ON COLUMN agent_memory.context_sessions.ended_at IS 'When it ended';
