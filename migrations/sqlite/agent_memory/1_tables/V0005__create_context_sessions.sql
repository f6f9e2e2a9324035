-- What the files in .claude/context held: a session of an agent, and what it knows.
CREATE TABLE context_sessions (
    session_id TEXT PRIMARY KEY NOT NULL,
    agent_id TEXT NOT NULL REFERENCES agents (agent_id) ON DELETE CASCADE,
    context TEXT NOT NULL DEFAULT '{}'
        CONSTRAINT context_sessions_context CHECK (
            json_valid(context)
            AND instr(replace(context, '\\', ''), '\u0000') = 0
        ),
    token_count INTEGER NOT NULL DEFAULT 0
        CONSTRAINT context_sessions_token_count CHECK (token_count BETWEEN 0 AND 2147483647),
    started_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CONSTRAINT context_sessions_started_at CHECK (
            started_at IS strftime('%Y-%m-%dT%H:%M:%fZ', started_at, '+0 days')
            AND started_at >= '0001'
        ),
    ended_at TEXT
        CONSTRAINT context_sessions_ended_at CHECK (
            ended_at IS strftime('%Y-%m-%dT%H:%M:%fZ', ended_at, '+0 days')
            AND ended_at >= '0001'
        ),
    CONSTRAINT context_sessions_times_in_order CHECK (ended_at >= started_at),
    CONSTRAINT context_sessions_text CHECK (
        replace(
            replace(replace(json_array(session_id, context), '\\', ''), '\u0000', CAST(x'ff' AS TEXT)), char(65533), ''
        ) NOT GLOB '*' || char(65533) || '*'
    )
) STRICT;
