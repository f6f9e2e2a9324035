-- What the files in .claude/context held: a session of an agent, and what it knows.
CREATE TABLE context_sessions (
    session_id TEXT PRIMARY KEY NOT NULL,
    agent_id TEXT NOT NULL REFERENCES agents (agent_id) ON DELETE CASCADE,
    context TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(context)),
    token_count INTEGER NOT NULL DEFAULT 0 CHECK (token_count >= 0),
    started_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CHECK (started_at IS strftime('%Y-%m-%dT%H:%M:%fZ', started_at)),
    ended_at TEXT CHECK (ended_at IS strftime('%Y-%m-%dT%H:%M:%fZ', ended_at)),
    CONSTRAINT context_sessions_times_in_order CHECK (ended_at >= started_at)
) STRICT;
