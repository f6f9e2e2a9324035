-- Creates the partition of a month, and moves to it what the default partition has of that month. Returns how many
-- rows that were, and null where the partition was there.
--
-- CREATE TABLE ... PARTITION OF would lock the parent against everybody, and would fail where the default partition
-- has rows of the month. ATTACH lets those go on who read and write other months.
CREATE FUNCTION audit.create_partition(parent text, month timestamptz) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
    SET timezone = 'UTC'
AS $$
DECLARE
    first timestamptz := date_trunc('month', month);
    next timestamptz := first + interval '1 month';
    child text := parent || to_char(first, '"_y"YYYY"m"MM');
    moved bigint;
BEGIN
    -- Of two that create the same month, the second one waits here and then finds it.
    PERFORM pg_advisory_xact_lock(hashtextextended('audit.' || parent, 0));
    IF to_regclass(format('audit.%I', child)) IS NOT NULL THEN
        RETURN NULL;
    END IF;
    -- The parent first, as ALTER TABLE does: the other order could deadlock with a migration. Then nobody writes to
    -- the default partition between the move and the attachment.
    EXECUTE format('LOCK TABLE ONLY audit.%I IN SHARE UPDATE EXCLUSIVE MODE', parent);
    EXECUTE format('LOCK TABLE audit.%I IN ACCESS EXCLUSIVE MODE', parent || '_default');
    EXECUTE format('CREATE TABLE audit.%I (LIKE audit.%I INCLUDING ALL)', child, parent);
    EXECUTE format(
        'WITH gone AS (DELETE FROM audit.%I WHERE ts >= $1 AND ts < $2 RETURNING *) '
        'INSERT INTO audit.%I SELECT * FROM gone', parent || '_default', child) USING first, next;
    GET DIAGNOSTICS moved = ROW_COUNT;
    EXECUTE format('ALTER TABLE audit.%I ATTACH PARTITION audit.%I FOR VALUES FROM (%L) TO (%L)',
                   parent, child, first, next);
    RETURN moved;
END
$$;
