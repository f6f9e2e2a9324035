CREATE TABLE agent_memory.project_tasks (
    project_id text NOT NULL REFERENCES agent_memory.projects (project_id) ON DELETE CASCADE,
    task_id text NOT NULL REFERENCES agent_memory.tasks (task_id) ON DELETE CASCADE,
    added_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (project_id, task_id)
);
