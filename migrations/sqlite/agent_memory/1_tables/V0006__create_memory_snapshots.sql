-- Large snapshots are files, and the row has their path; small ones are in the row.
CREATE TABLE memory_snapshots (
    snapshot_id TEXT PRIMARY KEY NOT NULL,
    session_id TEXT NOT NULL REFERENCES context_sessions (session_id) ON DELETE CASCADE,
    content TEXT
        CONSTRAINT memory_snapshots_content CHECK (
            content IS NULL OR json_valid(content)
            AND instr(replace(content, '\\', ''), '\u0000') = 0
        ),
    file_path TEXT,
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CONSTRAINT memory_snapshots_created_at CHECK (
            created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at, '+0 days')
            AND created_at >= '0001'
        ),
    CONSTRAINT memory_snapshots_one_place CHECK ((content IS NULL) <> (file_path IS NULL)),
    -- Relative to the folder of storage: that can be moved, and no path leads out of it.
    CONSTRAINT memory_snapshots_relative_path CHECK (file_path NOT LIKE '/%' AND file_path NOT LIKE '%..%'),
    CONSTRAINT memory_snapshots_text CHECK (
        replace(
            replace(
                replace(json_array(snapshot_id, content, file_path), '\\', ''),
                '\u0000', CAST(x'ff' AS TEXT)
            ),
            char(65533), ''
        ) NOT GLOB '*' || char(65533) || '*'
    )
) STRICT;
