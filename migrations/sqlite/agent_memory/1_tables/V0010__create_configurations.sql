-- What the files in .claude/config held. A row without an agent counts for all that have none of their own.
CREATE TABLE configurations (
    configuration_id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    agent_id TEXT REFERENCES agents (agent_id) ON DELETE CASCADE,
    config_key TEXT NOT NULL,
    value TEXT NOT NULL
        CONSTRAINT configurations_value CHECK (json_valid(value) AND instr(replace(value, '\\', ''), '\u0000') = 0),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CONSTRAINT configurations_updated_at CHECK (
            updated_at IS strftime('%Y-%m-%dT%H:%M:%fZ', updated_at, '+0 days')
            AND updated_at >= '0001'
        ),
    -- The key first: the agent alone is looked up by an index of its own.
    CONSTRAINT configurations_key_of_agent UNIQUE (config_key, agent_id),
    CONSTRAINT configurations_text CHECK (
        replace(
            replace(replace(json_array(config_key, value), '\\', ''), '\u0000', CAST(x'ff' AS TEXT)), char(65533), ''
        ) NOT GLOB '*' || char(65533) || '*'
    )
) STRICT;

-- NULLs differ from each other in a constraint, so that it lets many rows for all agents pass.
CREATE UNIQUE INDEX configurations_key_for_all ON configurations (config_key) WHERE agent_id IS NULL;
