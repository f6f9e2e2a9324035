CREATE TABLE agent_memory.tasks (
    task_id text PRIMARY KEY,
    -- A task outlives its agent: somebody else takes it up.
    agent_id text REFERENCES agent_memory.agents (agent_id) ON DELETE SET NULL,
    -- A part of a task means nothing without the whole.
    parent_task_id text REFERENCES agent_memory.tasks (task_id) ON DELETE CASCADE,
    title text NOT NULL,
    description text,
    status text NOT NULL DEFAULT 'pending'
        CHECK (status IN ('pending', 'in_progress', 'blocked', 'completed', 'failed', 'cancelled')),
    priority integer NOT NULL DEFAULT 3 CHECK (priority BETWEEN 1 AND 5), -- 1 is first
    result jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    completed_at timestamptz,
    CONSTRAINT tasks_not_own_parent CHECK (parent_task_id <> task_id),
    CONSTRAINT tasks_times_in_order CHECK (completed_at >= started_at)
);
