CREATE INDEX idx_agent_tasks_status ON agent_tasks (status);
CREATE INDEX idx_agent_tasks_type ON agent_tasks (task_type);
CREATE INDEX idx_agent_tasks_created ON agent_tasks (created_at DESC);
CREATE INDEX idx_agent_tasks_updated ON agent_tasks (updated_at DESC);
CREATE INDEX idx_agent_tasks_status_type ON agent_tasks (status, task_type);
