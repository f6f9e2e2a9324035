-- The system's configuration: one row at most. It is written by INSERT ... ON CONFLICT (only_row) DO UPDATE.
CREATE TABLE calibration (
    -- The key has one value, so that there is no second row. INT, not INTEGER: that would be the rowid, which takes a
    -- number of its own where none is given, and ignores the default.
    only_row INT PRIMARY KEY NOT NULL DEFAULT 1 CHECK (only_row = 1),
    version INTEGER NOT NULL DEFAULT 1 CHECK (version > 0),
    data TEXT NOT NULL CHECK (json_valid(data) AND json_type(data) = 'object'),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CHECK (updated_at IS strftime('%Y-%m-%dT%H:%M:%fZ', updated_at))
) STRICT;
