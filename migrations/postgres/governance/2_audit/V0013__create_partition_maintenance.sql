-- Creates months ahead, detaches those that are past their retention, drops those whose grace time is over, attaches
-- again what should not have been detached, and returns what it did. For pg_cron or any other scheduler; as often as one
-- likes, also from several at once. What could not be done is returned as `postpone`, and warned of.
--
-- Given a time it is a rehearsal: all that would be done at that time is done, and taken back before it returns. What is
-- kept is done by the clock alone.
CREATE FUNCTION audit.partition_maintenance(rehearse_at timestamptz DEFAULT NULL)
    RETURNS TABLE (action text, partition text, moved bigint)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
    SET timezone = 'UTC'
    SET lock_timeout = 0
AS $$
DECLARE
    at timestamptz := coalesce(rehearse_at, audit.partition_clock());
    step record;
    outcome text;
    rows_moved bigint;
    blocked text[] := '{}';
    -- What is returned. In variables, since these keep what they have when a rehearsal is taken back.
    actions text[] := '{}';
    partitions text[] := '{}';
    moves bigint[] := '{}';
BEGIN
    -- The second of two waits, and plans after the first one has ended.
    PERFORM pg_advisory_xact_lock(hashtextextended('audit.partition_maintenance', 0));
    -- From here on it does not wait for a long query: everybody else would queue behind this. The setting ends with
    -- the function, which has one of its own for that.
    PERFORM set_config('lock_timeout', '3s', true);
    BEGIN
        FOR step IN SELECT plan.* FROM audit.partition_plan(at) AS plan LOOP
            outcome := step.action;
            rows_moved := NULL;
            BEGIN
                CASE
                    WHEN step.action = 'stray' THEN
                        RAISE WARNING 'audit.% has the name of a month of audit.%, and is none', step.partition, step.parent
                            USING HINT = 'rows of that month stay in the default partition: rename it, or attach it by hand';
                    WHEN step.parent = ANY (blocked) AND step.action <> 'forget' THEN
                        outcome := 'postpone ' || outcome;
                    WHEN step.action IN ('create', 'attach') THEN
                        rows_moved := audit.create_partition(step.parent, step.month);
                    WHEN step.action = 'detach' THEN
                        -- Not CONCURRENTLY: that is refused beside a default partition, and within a function.
                        EXECUTE format('ALTER TABLE audit.%I DETACH PARTITION audit.%I', step.parent, step.partition);
                        INSERT INTO audit.detached_partitions (partition, parent, detached_at, drop_after)
                            SELECT step.partition, policy.parent, at, at + make_interval(days => policy.grace_days)
                              FROM audit.partition_policy AS policy
                             WHERE policy.parent = step.parent
                            ON CONFLICT ON CONSTRAINT detached_partitions_pkey
                            DO UPDATE SET detached_at = excluded.detached_at, drop_after = excluded.drop_after;
                    WHEN step.action = 'drop' THEN
                        EXECUTE format('DROP TABLE audit.%I', step.partition);
                        DELETE FROM audit.detached_partitions AS gone WHERE gone.partition = step.partition;
                    WHEN step.action = 'forget' THEN -- somebody has dropped it by hand
                        DELETE FROM audit.detached_partitions AS gone WHERE gone.partition = step.partition;
                END CASE;
            EXCEPTION
                -- What cannot be done now keeps nothing else from being done: of a table that somebody is reading, the
                -- other table's months; of a month that somebody has made a view of, the other months.
                WHEN lock_not_available THEN
                    RAISE WARNING 'the months of audit.% are left for the next run: %', step.parent, SQLERRM;
                    blocked := blocked || step.parent;
                    outcome := 'postpone ' || outcome;
                -- Whoever may not do this is told so: the next run could not either.
                WHEN insufficient_privilege THEN
                    RAISE;
                WHEN OTHERS THEN
                    RAISE WARNING 'partition % is left for the next run: %', step.partition, SQLERRM;
                    outcome := 'postpone ' || outcome;
            END;
            actions := actions || outcome;
            partitions := partitions || step.partition::text;
            moves := moves || rows_moved;
        END LOOP;
        IF rehearse_at IS NOT NULL THEN
            RAISE EXCEPTION 'this was a rehearsal' USING ERRCODE = 'AUD01';
        END IF;
    EXCEPTION
        WHEN SQLSTATE 'AUD01' THEN NULL; -- and all of it is taken back
    END;
    RETURN QUERY SELECT * FROM unnest(actions, partitions, moves);
END
$$;
