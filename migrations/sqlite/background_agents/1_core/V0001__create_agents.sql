-- Who works here. New kinds of agents are data: agent_type has a form, not a list.
-- Times have one form of one length, so that the order of the text is that of time; identities are in lower case, as
-- PostgreSQL prints a uuid.
CREATE TABLE agents (
    id TEXT PRIMARY KEY NOT NULL CONSTRAINT agents_id CHECK (
        id GLOB '????????-????-????-????-????????????' AND id NOT GLOB '*[^0-9a-f-]*'
        AND length(replace(id, '-', '')) = 32 AND length(CAST(id AS BLOB)) = 36
    ),
    name TEXT NOT NULL UNIQUE, -- what the system initializer registers by, however often it starts
    agent_type TEXT NOT NULL
        CONSTRAINT agents_agent_type CHECK (agent_type GLOB '[a-z]*' AND agent_type NOT GLOB '*[^a-z0-9_]*'),
    state TEXT NOT NULL DEFAULT 'registered'
        CONSTRAINT agents_state CHECK (
            state IN ('registered', 'starting', 'running', 'paused', 'stopping', 'stopped', 'failed')
        ),
    state_changed_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CONSTRAINT agents_state_changed_at CHECK (
            state_changed_at IS strftime('%Y-%m-%dT%H:%M:%fZ', state_changed_at, '+0 days')
            AND state_changed_at >= '0001'
        ),
    -- How often it promises to be heard from; whoever is not for several of these counts as dead.
    heartbeat_interval_s INTEGER NOT NULL DEFAULT 30
        CONSTRAINT agents_heartbeat_interval_s CHECK (heartbeat_interval_s BETWEEN 1 AND 86400),
    version TEXT,
    capabilities TEXT NOT NULL DEFAULT '[]'
        CONSTRAINT agents_capabilities CHECK (
            json_type(capabilities) = 'array'
            AND instr(replace(capabilities, '\\', ''), '\u0000') = 0
        ),
    registered_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CONSTRAINT agents_registered_at CHECK (
            registered_at IS strftime('%Y-%m-%dT%H:%M:%fZ', registered_at, '+0 days')
            AND registered_at >= '0001'
        ),
    started_at TEXT
        CONSTRAINT agents_started_at CHECK (
            started_at IS strftime('%Y-%m-%dT%H:%M:%fZ', started_at, '+0 days')
            AND started_at >= '0001'
        ),
    -- A new start clears it.
    stopped_at TEXT
        CONSTRAINT agents_stopped_at CHECK (
            stopped_at IS strftime('%Y-%m-%dT%H:%M:%fZ', stopped_at, '+0 days')
            AND stopped_at >= '0001'
        ),
    CONSTRAINT agents_times CHECK (stopped_at >= started_at),
    -- PostgreSQL's text has no NUL, which json_array() writes as \u0000, and nothing that is not UTF-8: most of that is
    -- U+FFFD to GLOB, as the byte FF is. A U+FFFD that is written as one is taken.
    CONSTRAINT agents_text CHECK (
        replace(
            replace(
                replace(json_array(name, agent_type, version, capabilities), '\\', ''),
                '\u0000', CAST(x'ff' AS TEXT)
            ),
            char(65533), ''
        ) NOT GLOB '*' || char(65533) || '*'
    )
) STRICT;
