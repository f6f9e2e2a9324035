-- What agents are to do. A task without an agent is not assigned yet.
CREATE TABLE tasks (
    id TEXT PRIMARY KEY NOT NULL,
    title TEXT NOT NULL,
    description TEXT,
    status TEXT DEFAULT 'pending',
    priority TEXT DEFAULT 'medium',
    assigned_agent_id TEXT REFERENCES agents (id),
    created_at TEXT, -- RFC 3339
    updated_at TEXT
);

-- The foreign key is looked up when an agent is deleted.
CREATE INDEX idx_tasks_assigned_agent ON tasks (assigned_agent_id);
