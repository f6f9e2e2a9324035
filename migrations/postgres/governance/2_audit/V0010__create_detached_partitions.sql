-- Months that are detached and not dropped yet. The grace time counts from the day on which a month was detached, not
-- from its name: where maintenance did not run for a year, nothing is dropped before somebody could have seen it.
CREATE TABLE audit.detached_partitions (
    partition text PRIMARY KEY,
    parent text NOT NULL,
    detached_at timestamptz NOT NULL,
    drop_after timestamptz NOT NULL, -- to keep one for longer, update this
    CONSTRAINT detached_partitions_times CHECK (drop_after >= detached_at)
);

COMMENT ON TABLE audit.detached_partitions IS 'Months that are detached and not dropped yet';
COMMENT ON COLUMN audit.detached_partitions.partition IS 'The month''s table, in schema audit';
COMMENT ON COLUMN audit.detached_partitions.parent IS 'The table that it was a partition of';
COMMENT ON COLUMN audit.detached_partitions.detached_at IS 'When it was detached';
COMMENT ON COLUMN audit.detached_partitions.drop_after IS 'When it may be dropped; to keep it for longer, change this';
