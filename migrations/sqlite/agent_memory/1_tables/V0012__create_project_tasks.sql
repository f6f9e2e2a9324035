CREATE TABLE project_tasks (
    project_id TEXT NOT NULL REFERENCES projects (project_id) ON DELETE CASCADE,
    task_id TEXT NOT NULL REFERENCES tasks (task_id) ON DELETE CASCADE,
    added_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CONSTRAINT project_tasks_added_at CHECK (
            added_at IS strftime('%Y-%m-%dT%H:%M:%fZ', added_at, '+0 days')
            AND added_at >= '0001'
        ),
    PRIMARY KEY (project_id, task_id)
) STRICT;
