-- Creates months ahead, detaches those that are past their retention, drops those whose grace time is over, and
-- returns what it did. For pg_cron or any other scheduler; as often as one likes, also from several at once.
CREATE FUNCTION audit.partition_maintenance(now timestamptz DEFAULT now())
    RETURNS TABLE (action text, partition text, moved bigint)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
    SET timezone = 'UTC'
    SET lock_timeout = 0
AS $$
DECLARE
    step record;
    blocked text[] := '{}';
BEGIN
    -- The second of two waits, and plans after the first one has ended.
    PERFORM pg_advisory_xact_lock(hashtextextended('audit.partition_maintenance', 0));
    -- From here on it does not wait for a long query: everybody else would queue behind this. The setting ends with
    -- the function, which has one of its own for that.
    PERFORM set_config('lock_timeout', '3s', true);
    FOR step IN SELECT plan.* FROM audit.partition_plan(now) AS plan LOOP
        action := step.action;
        partition := step.partition;
        moved := NULL;
        IF step.parent = ANY (blocked) THEN
            action := 'postpone ' || action;
            RETURN NEXT;
            CONTINUE;
        END IF;
        BEGIN
            CASE action
                WHEN 'create' THEN
                    moved := audit.create_partition(step.parent, step.month);
                WHEN 'detach' THEN
                    -- Not CONCURRENTLY: that is refused beside a default partition, and within a function.
                    EXECUTE format('ALTER TABLE audit.%I DETACH PARTITION audit.%I', step.parent, partition);
                    INSERT INTO audit.detached_partitions (partition, parent, detached_at, drop_after)
                        SELECT step.partition, policy.parent, now, now + make_interval(days => policy.grace_days)
                          FROM audit.partition_policy AS policy
                         WHERE policy.parent = step.parent
                        ON CONFLICT ON CONSTRAINT detached_partitions_pkey
                        DO UPDATE SET detached_at = excluded.detached_at, drop_after = excluded.drop_after;
                WHEN 'drop' THEN
                    EXECUTE format('DROP TABLE audit.%I', partition);
                    DELETE FROM audit.detached_partitions AS gone WHERE gone.partition = step.partition;
                WHEN 'forget' THEN -- somebody has dropped it by hand
                    DELETE FROM audit.detached_partitions AS gone WHERE gone.partition = step.partition;
            END CASE;
        EXCEPTION
            -- What cannot be done now keeps nothing else from being done: of a table that somebody is reading, the other
            -- table's months; of a month that somebody has made a view of, the other months.
            WHEN lock_not_available THEN
                RAISE WARNING 'the months of audit.% are left for the next run: %', step.parent, SQLERRM;
                blocked := blocked || step.parent;
                action := 'postpone ' || action;
            WHEN dependent_objects_still_exist THEN
                RAISE WARNING 'partition % is left for the next run: %', partition, SQLERRM;
                action := 'postpone ' || action;
        END;
        RETURN NEXT;
    END LOOP;
END
$$;
