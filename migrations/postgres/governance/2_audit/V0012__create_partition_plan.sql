-- What maintenance would do at a time; it changes nothing, so that a monitor can ask it.
--
-- create, attach, detach, drop: of a month. forget: of a row of audit.detached_partitions whose table is gone.
-- stray: what has the name of a month and is none, which nobody but an operator can put right.
--
-- In plpgsql, not in SQL: its rows are complete before the first one is returned, and no scan is open on a table that
-- the caller then alters.
CREATE FUNCTION audit.partition_plan(now timestamptz DEFAULT audit.partition_clock())
    RETURNS TABLE (action text, parent text, partition text, month timestamptz)
    LANGUAGE plpgsql
    STABLE
    SET search_path = pg_catalog, pg_temp
    SET timezone = 'UTC'
AS $$
DECLARE
    policy record;
    latest timestamptz;
    expired timestamptz;
BEGIN
    IF now IS NULL OR NOT isfinite(now) THEN
        RAISE EXCEPTION 'a time is needed, not %', coalesce(now::text, 'NULL') USING ERRCODE = 'invalid_parameter_value';
    END IF;
    FOR policy IN SELECT p.* FROM audit.partition_policy AS p ORDER BY p.parent LOOP
        latest := date_trunc('month', now) + make_interval(months => policy.premake_months);
        -- A month that ended at this time or before is detached; whatever the policy says, not the present one.
        expired := least(now - make_interval(days => policy.retention_days), date_trunc('month', now));
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
        -- What was detached and would not be now, since the clock was wrong then or the retention is longer: its rows
        -- are missing.
        RETURN QUERY
            SELECT 'attach', policy.parent, gone.partition, first
              FROM audit.detached_partitions AS gone
              JOIN pg_class AS child ON child.oid = to_regclass(format('audit.%I', gone.partition)),
                   LATERAL (SELECT audit.partition_month(policy.parent, gone.partition)) AS months (first)
             WHERE gone.parent = policy.parent AND NOT child.relispartition AND first + interval '1 month' > expired
             ORDER BY first;
        -- Months alone, which have both the name and the bounds of one: a partition that an operator has attached under
        -- another name is the operator's.
        RETURN QUERY
            SELECT CASE WHEN child.is_month THEN 'detach' ELSE 'stray' END, policy.parent, child.name, child.first
              FROM (SELECT class.relname::text, first,
                           coalesce(pg_get_expr(class.relpartbound, class.oid)
                                    = format('FOR VALUES FROM (%L) TO (%L)', first, first + interval '1 month'), false),
                           inhparent IS NOT NULL
                      FROM pg_class AS class
                      LEFT JOIN pg_inherits ON inhrelid = class.oid
                                           AND inhparent = format('audit.%I', policy.parent)::regclass,
                           LATERAL (SELECT audit.partition_month(policy.parent, class.relname::text)) AS months (first)
                     WHERE class.relnamespace = 'audit'::regnamespace AND first IS NOT NULL
                   ) AS child (name, first, is_month, is_attached)
             WHERE CASE
                       WHEN child.is_month AND child.is_attached THEN child.first + interval '1 month' <= expired
                       WHEN child.is_attached THEN true
                       ELSE NOT EXISTS (SELECT FROM audit.detached_partitions AS gone WHERE gone.partition = child.name)
                   END
             ORDER BY 1, child.first;
    END LOOP;
    -- Not a month that was attached again: when it is detached for the second time, its grace time starts anew.
    RETURN QUERY
        SELECT CASE WHEN child.oid IS NULL THEN 'forget' ELSE 'drop' END,
               gone.parent, gone.partition, audit.partition_month(gone.parent, gone.partition)
          FROM audit.detached_partitions AS gone
          LEFT JOIN pg_class AS child ON child.oid = to_regclass(format('audit.%I', gone.partition))
          LEFT JOIN audit.partition_policy AS kept ON kept.parent = gone.parent
         WHERE gone.drop_after <= now AND child.relispartition IS NOT TRUE
           AND (child.oid IS NULL OR kept.parent IS NULL
                OR audit.partition_month(gone.parent, gone.partition) + interval '1 month'
                   <= least(now - make_interval(days => kept.retention_days), date_trunc('month', now)))
         ORDER BY gone.partition;
END
$$;
