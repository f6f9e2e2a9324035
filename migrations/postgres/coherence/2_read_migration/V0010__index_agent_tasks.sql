CREATE INDEX CONCURRENTLY idx_agent_tasks_status ON coherence.agent_tasks (status);
CREATE INDEX CONCURRENTLY idx_agent_tasks_type ON coherence.agent_tasks (task_type);
CREATE INDEX CONCURRENTLY idx_agent_tasks_created ON coherence.agent_tasks (created_at DESC);
CREATE INDEX CONCURRENTLY idx_agent_tasks_updated ON coherence.agent_tasks (updated_at DESC);
CREATE INDEX CONCURRENTLY idx_agent_tasks_status_type ON coherence.agent_tasks (status, task_type);
