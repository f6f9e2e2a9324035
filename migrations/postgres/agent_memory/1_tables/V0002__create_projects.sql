-- Named by project_tasks and checkpoints.
CREATE TABLE agent_memory.projects (
    project_id text PRIMARY KEY,
    name text NOT NULL UNIQUE,
    description text,
    status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'paused', 'completed', 'archived')),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
