-- The system's configuration: one row at most. It is written by INSERT ... ON CONFLICT (only_row) DO UPDATE.
CREATE TABLE calibration (
    -- The key has one value, so that there is no second row. INT, not INTEGER: that would be the rowid, which takes a
    -- number of its own where none is given, and ignores the default.
    only_row INT PRIMARY KEY NOT NULL DEFAULT 1 CONSTRAINT calibration_only_row CHECK (only_row = 1),
    version INTEGER NOT NULL DEFAULT 1 CONSTRAINT calibration_version CHECK (version BETWEEN 1 AND 2147483647),
    data TEXT NOT NULL
        CONSTRAINT calibration_data CHECK (
            json_valid(data)
            AND json_type(data) = 'object'
            AND instr(replace(data, '\\', ''), '\u0000') = 0
        ),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CONSTRAINT calibration_updated_at CHECK (
            updated_at IS strftime('%Y-%m-%dT%H:%M:%fZ', updated_at, '+0 days')
            AND updated_at >= '0001'
        ),
    CONSTRAINT calibration_text CHECK (
        replace(
            replace(replace(json_array(data), '\\', ''), '\u0000', CAST(x'ff' AS TEXT)), char(65533), ''
        ) NOT GLOB '*' || char(65533) || '*'
    )
) STRICT;
