-- Where an agent's worktree stood, each time that was looked at.
CREATE TABLE git_state (
    git_state_id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    agent_id TEXT NOT NULL REFERENCES agents (agent_id) ON DELETE CASCADE,
    branch_name TEXT NOT NULL,
    -- SHA-1 or SHA-256, in full: a short one may come to mean two commits.
    commit_hash TEXT NOT NULL CONSTRAINT git_state_commit_hash
        CHECK (length(commit_hash) IN (40, 64) AND commit_hash NOT GLOB '*[^0-9a-f]*'),
    is_dirty INTEGER NOT NULL DEFAULT 0 CHECK (is_dirty IN (0, 1)),
    recorded_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CHECK (recorded_at IS strftime('%Y-%m-%dT%H:%M:%fZ', recorded_at))
) STRICT;
