-- The checks are those of PostgreSQL, and STRICT and the one form of times stand for its types, so that what is
-- written here can be moved there.
CREATE TABLE agents (
    agent_id TEXT PRIMARY KEY NOT NULL,
    agent_type TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('active', 'idle', 'crashed', 'sleeping')),
    worktree_path TEXT,
    branch_name TEXT,
    -- CURRENT_TIMESTAMP would leave out the zone: what reads it takes it for local time.
    created_at TEXT DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CHECK (created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at)),
    last_activity TEXT DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CHECK (last_activity IS strftime('%Y-%m-%dT%H:%M:%fZ', last_activity)),
    -- To older releases of SQLite (3.40) json_valid(NULL) is 0, and an application may have one of these.
    configuration TEXT CHECK (configuration IS NULL OR json_valid(configuration)),
    CONSTRAINT valid_agent_type CHECK (agent_type IN ('service-mesh', 'integration', 'pm', 'frontend'))
) STRICT;
