-- Each comment is the question that the index answers.

-- Which agents run, which have failed, since when?
CREATE INDEX idx_agents_state ON agents (state, state_changed_at DESC);
-- Who of this kind runs? (the coordinator)
CREATE INDEX idx_agents_type_state ON agents (agent_type, state);

-- What changed in this namespace since I looked?
CREATE INDEX idx_shared_state_updated ON shared_state (namespace, updated_at);
-- What has expired?
CREATE INDEX idx_shared_state_expires ON shared_state (expires_at) WHERE expires_at IS NOT NULL;
-- What did this agent write? Also looked up when an agent is deleted.
CREATE INDEX idx_shared_state_updated_by ON shared_state (updated_by);

-- Where is this setting overridden?
CREATE INDEX idx_configuration_key ON configuration (key);

-- What happened last?
CREATE INDEX idx_events_timestamp ON system_events (timestamp DESC);
-- What happened to this agent? Also looked up when an agent is deleted.
CREATE INDEX idx_events_agent ON system_events (agent_id, timestamp DESC);
-- When did this happen before?
CREATE INDEX idx_events_type ON system_events (event_type, timestamp DESC);
-- What went wrong last? A small part of all events, so that the index stays small.
CREATE INDEX idx_events_errors ON system_events (timestamp DESC) WHERE severity IN ('error', 'critical');
