-- What a project is taken up from after a failure.
CREATE TABLE agent_memory.checkpoints (
    checkpoint_id text PRIMARY KEY,
    project_id text NOT NULL REFERENCES agent_memory.projects (project_id) ON DELETE CASCADE,
    label text,
    state jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
