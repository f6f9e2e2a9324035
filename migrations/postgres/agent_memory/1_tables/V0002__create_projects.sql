-- Named by project_tasks and checkpoints.
CREATE TABLE agent_memory.projects (
    project_id text PRIMARY KEY,
    name text NOT NULL UNIQUE,
    description text,
    status text NOT NULL DEFAULT 'active'
        CONSTRAINT projects_status CHECK (status IN ('active', 'paused', 'completed', 'archived')),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE agent_memory.projects IS 'What tasks are done for';
COMMENT ON COLUMN agent_memory.projects.project_id IS 'The project''s key';
COMMENT ON COLUMN agent_memory.projects.name IS 'What people call it';
COMMENT ON COLUMN agent_memory.projects.description IS 'What it is about';
COMMENT ON COLUMN agent_memory.projects.status IS 'Whether it goes on';
COMMENT ON COLUMN agent_memory.projects.created_at IS 'When the row was made';
COMMENT ON COLUMN agent_memory.projects.updated_at IS 'When the application last changed the row';
