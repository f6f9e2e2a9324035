-- What agents tell each other: one value for each key, of whoever wrote last.
CREATE TABLE shared_state (
    namespace TEXT NOT NULL DEFAULT 'system' CONSTRAINT shared_state_namespace CHECK (namespace <> ''),
    key TEXT NOT NULL CONSTRAINT shared_state_key CHECK (key <> ''),
    value TEXT NOT NULL
        CONSTRAINT shared_state_value CHECK (json_valid(value) AND instr(replace(value, '\\', ''), '\u0000') = 0),
    -- Counts up with each write: `UPDATE ... WHERE version = <the one that was read>` loses nobody's update.
    version INTEGER NOT NULL DEFAULT 1 CONSTRAINT shared_state_version CHECK (version > 0),
    updated_by TEXT REFERENCES agents (id) ON DELETE SET NULL,
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CONSTRAINT shared_state_updated_at CHECK (
            updated_at IS strftime('%Y-%m-%dT%H:%M:%fZ', updated_at, '+0 days')
            AND updated_at >= '0001'
        ),
    expires_at TEXT
        CONSTRAINT shared_state_expires_at CHECK (
            expires_at IS strftime('%Y-%m-%dT%H:%M:%fZ', expires_at, '+0 days')
            AND expires_at >= '0001'
        ),
    PRIMARY KEY (namespace, key),
    CONSTRAINT shared_state_text CHECK (
        replace(
            replace(replace(json_array(namespace, key, value), '\\', ''), '\u0000', CAST(x'ff' AS TEXT)), char(65533), ''
        ) NOT GLOB '*' || char(65533) || '*'
    )
) STRICT;
