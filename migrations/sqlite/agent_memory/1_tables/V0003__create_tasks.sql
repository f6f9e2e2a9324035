CREATE TABLE tasks (
    task_id TEXT PRIMARY KEY NOT NULL,
    -- A task outlives its agent: somebody else takes it up.
    agent_id TEXT REFERENCES agents (agent_id) ON DELETE SET NULL,
    -- A part of a task means nothing without the whole.
    parent_task_id TEXT REFERENCES tasks (task_id) ON DELETE CASCADE,
    title TEXT NOT NULL,
    description TEXT,
    status TEXT NOT NULL DEFAULT 'pending'
        CHECK (status IN ('pending', 'in_progress', 'blocked', 'completed', 'failed', 'cancelled')),
    priority INTEGER NOT NULL DEFAULT 3 CHECK (priority BETWEEN 1 AND 5), -- 1 is first
    result TEXT CHECK (result IS NULL OR json_valid(result)),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CHECK (created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at)),
    started_at TEXT CHECK (started_at IS strftime('%Y-%m-%dT%H:%M:%fZ', started_at)),
    completed_at TEXT CHECK (completed_at IS strftime('%Y-%m-%dT%H:%M:%fZ', completed_at)),
    CONSTRAINT tasks_not_own_parent CHECK (parent_task_id <> task_id),
    CONSTRAINT tasks_times_in_order CHECK (completed_at >= started_at)
) STRICT;
