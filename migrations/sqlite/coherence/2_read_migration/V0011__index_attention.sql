-- What waits for a person. These tasks are few among all that were ever run, and so is this index beside one over all.
CREATE INDEX idx_agent_tasks_attention ON agent_tasks (status, created_at DESC)
    WHERE status IN ('needs_decision', 'failed');
