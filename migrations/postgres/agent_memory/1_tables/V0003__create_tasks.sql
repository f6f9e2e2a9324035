CREATE TABLE agent_memory.tasks (
    task_id text PRIMARY KEY,
    -- A task outlives its agent: somebody else takes it up.
    agent_id text REFERENCES agent_memory.agents (agent_id) ON DELETE SET NULL,
    -- A part of a task means nothing without the whole.
    parent_task_id text REFERENCES agent_memory.tasks (task_id) ON DELETE CASCADE,
    title text NOT NULL,
    description text,
    status text NOT NULL DEFAULT 'pending'
        CONSTRAINT tasks_status CHECK (
            status IN ('pending', 'in_progress', 'blocked', 'completed', 'failed', 'cancelled')
        ),
    priority integer NOT NULL DEFAULT 3 CONSTRAINT tasks_priority CHECK (priority BETWEEN 1 AND 5), -- 1 is first
    result jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    completed_at timestamptz,
    CONSTRAINT tasks_not_own_parent CHECK (parent_task_id <> task_id),
    CONSTRAINT tasks_times_in_order CHECK (completed_at >= started_at)
);

COMMENT ON TABLE agent_memory.tasks IS 'What is to be done';
COMMENT ON COLUMN agent_memory.tasks.task_id IS 'The task''s key';
COMMENT ON COLUMN agent_memory.tasks.agent_id IS 'Who does it; null until somebody does';
COMMENT ON COLUMN agent_memory.tasks.parent_task_id IS 'The task that this is a part of';
COMMENT ON COLUMN agent_memory.tasks.title IS 'What it is, in a line';
COMMENT ON COLUMN agent_memory.tasks.description IS 'What it is, in full';
COMMENT ON COLUMN agent_memory.tasks.status IS 'How far it is';
COMMENT ON COLUMN agent_memory.tasks.priority IS '1 is first, 5 last';
COMMENT ON COLUMN agent_memory.tasks.result IS 'What came of it';
COMMENT ON COLUMN agent_memory.tasks.created_at IS 'When the row was made';
COMMENT ON COLUMN agent_memory.tasks.started_at IS 'When work on it began';
COMMENT ON COLUMN agent_memory.tasks.completed_at IS 'When it ended';
