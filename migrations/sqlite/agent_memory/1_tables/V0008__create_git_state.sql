-- Where an agent's worktree stood, each time that was looked at.
CREATE TABLE git_state (
    git_state_id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    agent_id TEXT NOT NULL REFERENCES agents (agent_id) ON DELETE CASCADE,
    branch_name TEXT NOT NULL,
    -- SHA-1 or SHA-256, in full: a short one may come to mean two commits.
    commit_hash TEXT NOT NULL CONSTRAINT git_state_commit_hash
        CHECK (length(commit_hash) IN (40, 64) AND commit_hash NOT GLOB '*[^0-9a-f]*'),
    is_dirty INTEGER NOT NULL DEFAULT 0 CONSTRAINT git_state_is_dirty CHECK (is_dirty IN (0, 1)),
    recorded_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CONSTRAINT git_state_recorded_at CHECK (
            recorded_at IS strftime('%Y-%m-%dT%H:%M:%fZ', recorded_at, '+0 days')
            AND recorded_at >= '0001'
        ),
    CONSTRAINT git_state_text CHECK (
        replace(
            replace(replace(json_array(branch_name, commit_hash), '\\', ''), '\u0000', CAST(x'ff' AS TEXT)), char(65533), ''
        ) NOT GLOB '*' || char(65533) || '*'
    )
) STRICT;
