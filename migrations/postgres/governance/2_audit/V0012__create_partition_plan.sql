-- What maintenance would do at a time; it changes nothing, so that a monitor can ask it.
--
-- In plpgsql, not in SQL: its rows are complete before the first one is returned, and no scan is open on a table that
-- the caller then alters.
CREATE FUNCTION audit.partition_plan(now timestamptz DEFAULT now())
    RETURNS TABLE (action text, parent text, partition text, month timestamptz)
    LANGUAGE plpgsql
    STABLE
    SET search_path = pg_catalog, pg_temp
    SET timezone = 'UTC'
AS $$
DECLARE
    policy record;
    latest timestamptz;
BEGIN
    FOR policy IN SELECT p.* FROM audit.partition_policy AS p ORDER BY p.parent LOOP
        latest := date_trunc('month', now) + make_interval(months => policy.premake_months);
        -- From this month on, and what the default partition has of months before: rows that came late, or while
        -- nobody ran this. What it has of later ones (a clock that is wrong) waits there: it would make a month for
        -- each. So does what is of a month that is detached, until its name is free.
        RETURN QUERY EXECUTE format(
            $sql$
            SELECT 'create', $1, child, first
              FROM (SELECT generate_series(date_trunc('month', $2), $3, interval '1 month')
                    UNION
                    SELECT date_trunc('month', ts) FROM audit.%I WHERE ts < $3 + interval '1 month') AS months (first),
                   LATERAL (SELECT $1 || to_char(first, '"_y"YYYY"m"MM')) AS names (child)
             WHERE to_regclass(format('audit.%%I', child)) IS NULL
             ORDER BY first
            $sql$, policy.parent || '_default') USING policy.parent, now, latest;
        -- Months alone, which names tell: a partition that an operator has attached under another name is the
        -- operator's.
        RETURN QUERY
            SELECT 'detach', policy.parent, child.relname::text, first
              FROM pg_inherits
              JOIN pg_class AS child ON child.oid = inhrelid,
                   LATERAL (SELECT to_timestamp(right(child.relname, 7), 'YYYY"m"MM')) AS months (first)
             WHERE inhparent = format('audit.%I', policy.parent)::regclass
               AND left(child.relname, -7) = policy.parent || '_y'
               AND right(child.relname, 7) ~ '^\d{4}m\d{2}$'
               AND first + interval '1 month' <= now - make_interval(days => policy.retention_days)
             ORDER BY first;
    END LOOP;
    -- Not a month that was attached again: when it is detached for the second time, its grace time starts anew.
    RETURN QUERY
        SELECT CASE WHEN child.oid IS NULL THEN 'forget' ELSE 'drop' END,
               gone.parent, gone.partition, to_timestamp(right(gone.partition, 7), 'YYYY"m"MM')
          FROM audit.detached_partitions AS gone
          LEFT JOIN pg_class AS child ON child.oid = to_regclass(format('audit.%I', gone.partition))
         WHERE gone.drop_after <= now AND child.relispartition IS NOT TRUE
         ORDER BY gone.partition;
END
$$;
