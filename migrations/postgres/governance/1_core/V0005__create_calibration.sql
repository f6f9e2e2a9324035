-- The system's configuration: one row at most. It is written by INSERT ... ON CONFLICT (only_row) DO UPDATE, and starts
-- empty, so that the row that comes over from SQLite finds its place free.
CREATE TABLE core.calibration (
    -- The key has one value, so that there is no second row.
    only_row boolean PRIMARY KEY DEFAULT true CONSTRAINT calibration_only_row CHECK (only_row),
    version integer NOT NULL DEFAULT 1 CONSTRAINT calibration_version CHECK (version > 0),
    data jsonb NOT NULL CONSTRAINT calibration_data CHECK (jsonb_typeof(data) = 'object'),
    updated_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE core.calibration IS 'The configuration of the system: one row at most';
COMMENT ON COLUMN core.calibration.only_row IS 'Always true, so that there is no second row';
COMMENT ON COLUMN core.calibration.version IS 'Counts up with each write';
COMMENT ON COLUMN core.calibration.data IS 'The configuration, a JSON object';
COMMENT ON COLUMN core.calibration.updated_at IS 'When it was written last';
