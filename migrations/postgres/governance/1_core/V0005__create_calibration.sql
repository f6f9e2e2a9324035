-- The system's configuration: one row at most. It is written by INSERT ... ON CONFLICT (only_row) DO UPDATE, and starts
-- empty, so that the row that comes over from SQLite finds its place free.
CREATE TABLE core.calibration (
    -- The key has one value, so that there is no second row.
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    version integer NOT NULL DEFAULT 1 CHECK (version > 0),
    data jsonb NOT NULL CHECK (jsonb_typeof(data) = 'object'),
    updated_at timestamptz NOT NULL DEFAULT now()
);
