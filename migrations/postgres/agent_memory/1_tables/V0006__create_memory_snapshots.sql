-- Large snapshots are files, and the row has their path; small ones are in the row.
CREATE TABLE agent_memory.memory_snapshots (
    snapshot_id text PRIMARY KEY,
    session_id text NOT NULL REFERENCES agent_memory.context_sessions (session_id) ON DELETE CASCADE,
    content jsonb,
    file_path text,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT memory_snapshots_one_place CHECK ((content IS NULL) <> (file_path IS NULL)),
    -- Relative to the folder of storage: that can be moved, and no path leads out of it.
    CONSTRAINT memory_snapshots_relative_path CHECK (file_path NOT LIKE '/%' AND file_path NOT LIKE '%..%')
);
