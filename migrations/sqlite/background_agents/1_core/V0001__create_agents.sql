-- Who works here. New kinds of agents are data: agent_type has a form, not a list.
-- Times have one form of one length, so that the order of the text is that of time; identities are in lower case, as
-- PostgreSQL prints a uuid.
CREATE TABLE agents (
    id TEXT PRIMARY KEY NOT NULL CHECK (length(id) = 36 AND id = lower(id)),
    name TEXT NOT NULL UNIQUE, -- what the system initializer registers by, however often it starts
    agent_type TEXT NOT NULL CHECK (agent_type GLOB '[a-z]*' AND agent_type NOT GLOB '*[^a-z0-9_]*'),
    state TEXT NOT NULL DEFAULT 'registered'
        CHECK (state IN ('registered', 'starting', 'running', 'paused', 'stopping', 'stopped', 'failed')),
    state_changed_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CHECK (state_changed_at IS strftime('%Y-%m-%dT%H:%M:%fZ', state_changed_at)),
    -- How often it promises to be heard from; whoever is not for several of these counts as dead.
    heartbeat_interval_s INTEGER NOT NULL DEFAULT 30 CHECK (heartbeat_interval_s BETWEEN 1 AND 86400),
    version TEXT,
    capabilities TEXT NOT NULL DEFAULT '[]' CHECK (json_type(capabilities) = 'array'),
    registered_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CHECK (registered_at IS strftime('%Y-%m-%dT%H:%M:%fZ', registered_at)),
    started_at TEXT CHECK (started_at IS strftime('%Y-%m-%dT%H:%M:%fZ', started_at)),
    stopped_at TEXT CHECK (stopped_at IS strftime('%Y-%m-%dT%H:%M:%fZ', stopped_at)), -- a new start clears it
    CONSTRAINT agents_times CHECK (stopped_at >= started_at)
) STRICT;
