-- A row for each heartbeat, not a column that is overwritten: gaps between them are what the health agent looks for.
CREATE TABLE agent_heartbeats (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- no number is given twice
    agent_id TEXT NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
    timestamp TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CONSTRAINT agent_heartbeats_timestamp CHECK (
            timestamp IS strftime('%Y-%m-%dT%H:%M:%fZ', timestamp, '+0 days')
            AND timestamp >= '0001'
        ),
    status TEXT NOT NULL DEFAULT 'healthy'
        CONSTRAINT agent_heartbeats_status CHECK (status IN ('healthy', 'degraded', 'unhealthy')),
    -- Of one core, so that it can be above 100.
    cpu_percent REAL CONSTRAINT agent_heartbeats_cpu_percent CHECK (cpu_percent >= 0 AND cpu_percent < 9e999),
    memory_mb REAL CONSTRAINT agent_heartbeats_memory_mb CHECK (memory_mb >= 0 AND memory_mb < 9e999),
    details TEXT NOT NULL DEFAULT '{}'
        CONSTRAINT agent_heartbeats_details CHECK (
            json_type(details) = 'object'
            AND instr(replace(details, '\\', ''), '\u0000') = 0
        ),
    CONSTRAINT agent_heartbeats_text CHECK (
        replace(
            replace(replace(json_array(details), '\\', ''), '\u0000', CAST(x'ff' AS TEXT)), char(65533), ''
        ) NOT GLOB '*' || char(65533) || '*'
    )
) STRICT;
