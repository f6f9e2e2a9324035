-- The checks are those of PostgreSQL, so that what is written here can always be moved there.
CREATE TABLE agents (
    agent_id TEXT PRIMARY KEY NOT NULL,
    agent_type TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('active', 'idle', 'crashed', 'sleeping')),
    worktree_path TEXT,
    branch_name TEXT,
    -- CURRENT_TIMESTAMP would leave out the zone: what reads it takes it for local time.
    created_at TEXT DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    last_activity TEXT DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    configuration TEXT CHECK (json_valid(configuration)),
    CONSTRAINT valid_agent_type CHECK (agent_type IN ('service-mesh', 'integration', 'pm', 'frontend'))
);
