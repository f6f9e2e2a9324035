-- What waits for a person. These tasks are few among all that were ever run, and so are these indexes beside the others.
CREATE INDEX CONCURRENTLY idx_agent_tasks_attention ON coherence.agent_tasks (status, created_at DESC)
    WHERE status IN ('needs_decision', 'failed');

-- Not in the plan, whose index has the newest of each status: this one has the newest of both together. PostgreSQL would
-- take the index of all tasks by status and sort, or that of all by time and skip what does not wait. SQLite takes the
-- plan's index for both questions, and with this one beside it no partial index at all.
CREATE INDEX CONCURRENTLY idx_agent_tasks_attention_created ON coherence.agent_tasks (created_at DESC)
    WHERE status IN ('needs_decision', 'failed');
