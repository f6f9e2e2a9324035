-- The checks are those of PostgreSQL, and STRICT and the one form of times stand for its types, so that what is
-- written here can be moved there.
CREATE TABLE agents (
    agent_id TEXT PRIMARY KEY NOT NULL,
    agent_type TEXT NOT NULL,
    status TEXT NOT NULL CONSTRAINT agents_status CHECK (status IN ('active', 'idle', 'crashed', 'sleeping')),
    worktree_path TEXT,
    branch_name TEXT,
    -- CURRENT_TIMESTAMP would leave out the zone: what reads it takes it for local time.
    created_at TEXT DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CONSTRAINT agents_created_at CHECK (
            created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at, '+0 days')
            AND created_at >= '0001'
        ),
    last_activity TEXT DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CONSTRAINT agents_last_activity CHECK (
            last_activity IS strftime('%Y-%m-%dT%H:%M:%fZ', last_activity, '+0 days')
            AND last_activity >= '0001'
        ),
    -- To older releases of SQLite (3.40) json_valid(NULL) is 0, and an application may have one of these.
    configuration TEXT
        CONSTRAINT agents_configuration CHECK (
            configuration IS NULL OR json_valid(configuration)
            AND instr(replace(configuration, '\\', ''), '\u0000') = 0
        ),
    CONSTRAINT valid_agent_type CHECK (agent_type IN ('service-mesh', 'integration', 'pm', 'frontend')),
    -- PostgreSQL's text has no NUL, which json_array() writes as \u0000, and nothing that is not UTF-8: most of that is
    -- U+FFFD to GLOB, as the byte FF is. A U+FFFD that is written as one is taken.
    CONSTRAINT agents_text CHECK (
        replace(
            replace(
                replace(json_array(agent_id, worktree_path, branch_name, configuration), '\\', ''),
                '\u0000', CAST(x'ff' AS TEXT)
            ),
            char(65533), ''
        ) NOT GLOB '*' || char(65533) || '*'
    )
) STRICT;
