-- A foreign key has no index of its own: without these, to delete an agent reads every table that names agents.
-- Without the plan's IF NOT EXISTS: an index of that name on another column would pass for this one.
CREATE INDEX idx_tasks_agent_id ON agent_memory.tasks (agent_id);
CREATE INDEX idx_tasks_parent_task_id ON agent_memory.tasks (parent_task_id);
CREATE INDEX idx_agent_messages_from_agent ON agent_memory.agent_messages (from_agent);
CREATE INDEX idx_agent_messages_to_agent ON agent_memory.agent_messages (to_agent);
CREATE INDEX idx_memory_snapshots_session_id ON agent_memory.memory_snapshots (session_id);
CREATE INDEX idx_context_sessions_agent_id ON agent_memory.context_sessions (agent_id);
CREATE INDEX idx_performance_metrics_agent_id ON agent_memory.performance_metrics (agent_id);
CREATE INDEX idx_performance_metrics_task_id ON agent_memory.performance_metrics (task_id);
CREATE INDEX idx_git_state_agent_id ON agent_memory.git_state (agent_id);
CREATE INDEX idx_pull_requests_author_agent ON agent_memory.pull_requests (author_agent);
CREATE INDEX idx_configurations_agent_id ON agent_memory.configurations (agent_id);
CREATE INDEX idx_events_agent_id ON agent_memory.events (agent_id);
CREATE INDEX idx_project_tasks_project_id ON agent_memory.project_tasks (project_id);
CREATE INDEX idx_project_tasks_task_id ON agent_memory.project_tasks (task_id);
CREATE INDEX idx_checkpoints_project_id ON agent_memory.checkpoints (project_id);
