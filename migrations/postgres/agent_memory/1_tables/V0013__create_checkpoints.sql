-- What a project is taken up from after a failure.
CREATE TABLE agent_memory.checkpoints (
    checkpoint_id text PRIMARY KEY,
    project_id text NOT NULL REFERENCES agent_memory.projects (project_id) ON DELETE CASCADE,
    label text,
    state jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE agent_memory.checkpoints IS 'What a project is taken up from after a failure';
COMMENT ON COLUMN agent_memory.checkpoints.checkpoint_id IS 'The checkpoint''s key';
COMMENT ON COLUMN agent_memory.checkpoints.project_id IS 'The project that it is of';
COMMENT ON COLUMN agent_memory.checkpoints.label IS 'What people call it';
COMMENT ON COLUMN agent_memory.checkpoints.state IS 'How the project stood';
COMMENT ON COLUMN agent_memory.checkpoints.created_at IS 'When it was taken';
