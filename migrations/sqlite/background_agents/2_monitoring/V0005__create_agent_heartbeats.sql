-- A row for each heartbeat, not a column that is overwritten: gaps between them are what the health agent looks for.
CREATE TABLE agent_heartbeats (
    id INTEGER PRIMARY KEY,
    agent_id TEXT NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
    timestamp TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CHECK (timestamp IS strftime('%Y-%m-%dT%H:%M:%fZ', timestamp)),
    status TEXT NOT NULL DEFAULT 'healthy' CHECK (status IN ('healthy', 'degraded', 'unhealthy')),
    cpu_percent REAL CHECK (cpu_percent >= 0 AND cpu_percent < 9e999), -- of one core, so that it can be above 100
    memory_mb REAL CHECK (memory_mb >= 0 AND memory_mb < 9e999),
    details TEXT NOT NULL DEFAULT '{}' CHECK (json_type(details) = 'object')
) STRICT;
