-- What agents tell each other: one value for each key, of whoever wrote last.
CREATE TABLE shared_state (
    namespace TEXT NOT NULL DEFAULT 'system' CHECK (namespace <> ''),
    key TEXT NOT NULL CHECK (key <> ''),
    value TEXT NOT NULL CHECK (json_valid(value)),
    -- Counts up with each write: `UPDATE ... WHERE version = <the one that was read>` loses nobody's update.
    version INTEGER NOT NULL DEFAULT 1 CHECK (version > 0),
    updated_by TEXT REFERENCES agents (id) ON DELETE SET NULL,
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CHECK (updated_at IS strftime('%Y-%m-%dT%H:%M:%fZ', updated_at)),
    expires_at TEXT CHECK (expires_at IS strftime('%Y-%m-%dT%H:%M:%fZ', expires_at)),
    PRIMARY KEY (namespace, key)
) STRICT;
