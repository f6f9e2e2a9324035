-- How long each table keeps its months. A view, not a table: how long an audit trail is kept is reviewed as code is, and
-- changes by a migration that replaces this, not by an UPDATE that nobody sees.
--
-- parent: a table of this schema, partitioned by month of its column ts.
-- grace_days: how long a month that was detached can still be archived, or attached again.
-- premake_months: several, so that maintenance can fail for weeks before a row lands in the default partition.
CREATE VIEW audit.partition_policy (parent, retention_days, grace_days, premake_months) AS
    VALUES ('events'::text, 180, 30, 3), ('tool_usage', 90, 30, 3);

COMMENT ON VIEW audit.partition_policy IS 'How long each audit table keeps its months; a migration changes it';
COMMENT ON COLUMN audit.partition_policy.parent IS 'A table of schema audit, partitioned by month of its column ts';
COMMENT ON COLUMN audit.partition_policy.retention_days IS 'A month is detached when its youngest row is as old as this';
COMMENT ON COLUMN audit.partition_policy.grace_days IS 'A month is dropped when it was detached as long ago as this';
COMMENT ON COLUMN audit.partition_policy.premake_months IS 'How many months are made ahead of the present one';

-- What maintenance goes by. Nobody hands it a time: with one that is ahead, it would detach the month that is written
-- to. A function of its own, for tests, which put another one in its place.
CREATE FUNCTION audit.partition_clock() RETURNS timestamptz
    LANGUAGE sql
    STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT now()
$$;

-- The month that a name stands for: the first moment of 2026-01 for events_y2026m01 of events, and null for a name of
-- another form.
CREATE FUNCTION audit.partition_month(parent text, partition text) RETURNS timestamptz
    LANGUAGE plpgsql
    IMMUTABLE
    SET search_path = pg_catalog, pg_temp
    SET timezone = 'UTC'
AS $$
BEGIN
    IF left(partition, -7) = parent || '_y' AND right(partition, 7) ~ '^[1-9]\d{3}m(0[1-9]|1[0-2])$' THEN
        RETURN make_timestamptz(left(right(partition, 7), 4)::int, right(partition, 2)::int, 1, 0, 0, 0, 'UTC');
    END IF;
    RETURN NULL;
END
$$;
