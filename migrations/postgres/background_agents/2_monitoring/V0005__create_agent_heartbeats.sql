-- A row for each heartbeat, not a column that is overwritten: gaps between them are what the health agent looks for.
-- No partitions: at most 35 agents and 30 days are a few million narrow rows, which retention keeps level.
CREATE TABLE background_agents.agent_heartbeats (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    agent_id uuid NOT NULL REFERENCES background_agents.agents (id) ON DELETE CASCADE,
    timestamp timestamptz NOT NULL DEFAULT now(),
    status text NOT NULL DEFAULT 'healthy' CHECK (status IN ('healthy', 'degraded', 'unhealthy')),
    -- Of one core, so that it can be above 100.
    cpu_percent double precision CHECK (cpu_percent >= 0 AND cpu_percent < 'Infinity'),
    memory_mb double precision CHECK (memory_mb >= 0 AND memory_mb < 'Infinity'),
    details jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(details) = 'object')
);
