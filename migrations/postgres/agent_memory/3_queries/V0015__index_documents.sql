-- All operators of jsonb: a configuration is searched by its keys (`?`) as well as by what is in it (`@>`).
CREATE INDEX idx_agents_configuration_gin ON agent_memory.agents USING gin (configuration);

-- These are searched by `@>` and `@?` alone, for which jsonb_path_ops is smaller and quicker. Payloads, values,
-- results and states are read with their row: an index of them would cost each write, and serve no query.
CREATE INDEX idx_context_sessions_context_gin ON agent_memory.context_sessions USING gin (context jsonb_path_ops);
CREATE INDEX idx_memory_snapshots_content_gin ON agent_memory.memory_snapshots USING gin (content jsonb_path_ops);
CREATE INDEX idx_events_data_gin ON agent_memory.events USING gin (data jsonb_path_ops);
