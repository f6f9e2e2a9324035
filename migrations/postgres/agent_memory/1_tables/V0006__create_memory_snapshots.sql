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

COMMENT ON TABLE agent_memory.memory_snapshots IS 'What a session knew at a time, here or in a file';
COMMENT ON COLUMN agent_memory.memory_snapshots.snapshot_id IS 'The snapshot''s key';
COMMENT ON COLUMN agent_memory.memory_snapshots.session_id IS 'The session that it is of';
COMMENT ON COLUMN agent_memory.memory_snapshots.content IS 'What it knew, where that is small';
COMMENT ON COLUMN agent_memory.memory_snapshots.file_path IS 'The file that has it otherwise, relative to the folder of storage';
COMMENT ON COLUMN agent_memory.memory_snapshots.created_at IS 'When it was taken';
