-- Months that are detached and not dropped yet. The grace time counts from the day on which a month was detached, not
-- from its name: where maintenance did not run for a year, nothing is dropped before somebody could have seen it.
CREATE TABLE audit.detached_partitions (
    partition text PRIMARY KEY,
    parent text NOT NULL,
    detached_at timestamptz NOT NULL,
    drop_after timestamptz NOT NULL, -- to keep one for longer, update this
    CHECK (drop_after >= detached_at)
);
