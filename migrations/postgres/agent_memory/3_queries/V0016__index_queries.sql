-- What is equal comes first, then what is ordered or a range, so that one index finds and sorts. None begins with a
-- foreign key: it would make the index of that key needless.
CREATE INDEX idx_agents_status_activity ON agent_memory.agents (status, last_activity); -- who has been silent
CREATE INDEX idx_tasks_status_queue ON agent_memory.tasks (status, priority, created_at); -- what is to be done next
CREATE INDEX idx_events_type_created ON agent_memory.events (event_type, created_at); -- what happened of late
CREATE INDEX idx_performance_metrics_name_recorded
    ON agent_memory.performance_metrics (metric_name, recorded_at); -- one metric over time
