-- What the files in .claude/context held: a session of an agent, and what it knows.
CREATE TABLE agent_memory.context_sessions (
    session_id text PRIMARY KEY,
    agent_id text NOT NULL REFERENCES agent_memory.agents (agent_id) ON DELETE CASCADE,
    context jsonb NOT NULL DEFAULT '{}',
    token_count integer NOT NULL DEFAULT 0 CHECK (token_count >= 0),
    started_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    CONSTRAINT context_sessions_times_in_order CHECK (ended_at >= started_at)
);
