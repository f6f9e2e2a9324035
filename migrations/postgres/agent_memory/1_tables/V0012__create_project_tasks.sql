CREATE TABLE agent_memory.project_tasks (
    project_id text NOT NULL REFERENCES agent_memory.projects (project_id) ON DELETE CASCADE,
    task_id text NOT NULL REFERENCES agent_memory.tasks (task_id) ON DELETE CASCADE,
    added_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (project_id, task_id)
);

COMMENT ON TABLE agent_memory.project_tasks IS 'Which tasks are done for which projects';
COMMENT ON COLUMN agent_memory.project_tasks.project_id IS 'The project';
COMMENT ON COLUMN agent_memory.project_tasks.task_id IS 'The task';
COMMENT ON COLUMN agent_memory.project_tasks.added_at IS 'Since when';
