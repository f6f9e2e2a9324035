-- Settings: of the whole system where no agent is named, else what one agent has instead. No secrets: these stay in
-- the environment, since every backup has a copy of this table.
CREATE TABLE configuration (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- no number is given twice
    agent_id TEXT REFERENCES agents (id) ON DELETE CASCADE,
    key TEXT NOT NULL CONSTRAINT configuration_key CHECK (key <> ''),
    value TEXT NOT NULL
        CONSTRAINT configuration_value CHECK (json_valid(value) AND instr(replace(value, '\\', ''), '\u0000') = 0),
    description TEXT,
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CONSTRAINT configuration_updated_at CHECK (
            updated_at IS strftime('%Y-%m-%dT%H:%M:%fZ', updated_at, '+0 days')
            AND updated_at >= '0001'
        ),
    CONSTRAINT configuration_text CHECK (
        replace(
            replace(replace(json_array(key, value, description), '\\', ''), '\u0000', CAST(x'ff' AS TEXT)), char(65533), ''
        ) NOT GLOB '*' || char(65533) || '*'
    )
) STRICT;

-- Two partial indexes instead of one, since NULLs are distinct to a unique constraint. They stand here and not among
-- the indexes, since without them a row could be there twice.
CREATE UNIQUE INDEX configuration_of_system ON configuration (key) WHERE agent_id IS NULL;
CREATE UNIQUE INDEX configuration_of_agent ON configuration (agent_id, key) WHERE agent_id IS NOT NULL;
