-- When was each agent last alive, and how was it? The status comes along, so that the table is not read.
CREATE INDEX idx_heartbeats_latest ON background_agents.agent_heartbeats (agent_id, timestamp DESC) INCLUDE (status);
-- Which are older than 30 days? Not BRIN, which cannot give the oldest first.
CREATE INDEX idx_heartbeats_timestamp ON background_agents.agent_heartbeats (timestamp);
-- Who was unwell lately?
CREATE INDEX idx_heartbeats_unwell ON background_agents.agent_heartbeats (timestamp DESC) WHERE status <> 'healthy';

-- What is open, the newest first? None by severity: few are open, and a filter over these is cheaper.
CREATE INDEX idx_alerts_open ON background_agents.health_alerts (raised_at DESC) WHERE status <> 'resolved';
-- What did this agent have before? Also looked up when an agent is deleted.
CREATE INDEX idx_alerts_agent ON background_agents.health_alerts (agent_id, raised_at DESC);

-- What was measured in the last 7 days? Not BRIN: agents that were cut off hand in their metrics late.
CREATE INDEX idx_metrics_timestamp ON background_agents.performance_metrics (timestamp);
-- How did this metric of this agent go? Also looked up when an agent is deleted.
CREATE INDEX idx_metrics_agent ON background_agents.performance_metrics (agent_id, metric_name, timestamp DESC);
-- How is this metric over all agents? (percentiles) The value comes along.
CREATE INDEX idx_metrics_name ON background_agents.performance_metrics (metric_name, timestamp DESC) INCLUDE (value);
