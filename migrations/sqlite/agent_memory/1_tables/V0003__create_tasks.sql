CREATE TABLE tasks (
    task_id TEXT PRIMARY KEY NOT NULL,
    -- A task outlives its agent: somebody else takes it up.
    agent_id TEXT REFERENCES agents (agent_id) ON DELETE SET NULL,
    -- A part of a task means nothing without the whole.
    parent_task_id TEXT REFERENCES tasks (task_id) ON DELETE CASCADE,
    title TEXT NOT NULL,
    description TEXT,
    status TEXT NOT NULL DEFAULT 'pending'
        CONSTRAINT tasks_status CHECK (
            status IN ('pending', 'in_progress', 'blocked', 'completed', 'failed', 'cancelled')
        ),
    priority INTEGER NOT NULL DEFAULT 3 CONSTRAINT tasks_priority CHECK (priority BETWEEN 1 AND 5), -- 1 is first
    result TEXT
        CONSTRAINT tasks_result CHECK (
            result IS NULL OR json_valid(result)
            AND instr(replace(result, '\\', ''), '\u0000') = 0
        ),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CONSTRAINT tasks_created_at CHECK (
            created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at, '+0 days')
            AND created_at >= '0001'
        ),
    started_at TEXT
        CONSTRAINT tasks_started_at CHECK (
            started_at IS strftime('%Y-%m-%dT%H:%M:%fZ', started_at, '+0 days')
            AND started_at >= '0001'
        ),
    completed_at TEXT
        CONSTRAINT tasks_completed_at CHECK (
            completed_at IS strftime('%Y-%m-%dT%H:%M:%fZ', completed_at, '+0 days')
            AND completed_at >= '0001'
        ),
    CONSTRAINT tasks_not_own_parent CHECK (parent_task_id <> task_id),
    CONSTRAINT tasks_times_in_order CHECK (completed_at >= started_at),
    CONSTRAINT tasks_text CHECK (
        replace(
            replace(
                replace(json_array(task_id, title, description, result), '\\', ''),
                '\u0000', CAST(x'ff' AS TEXT)
            ),
            char(65533), ''
        ) NOT GLOB '*' || char(65533) || '*'
    )
) STRICT;
