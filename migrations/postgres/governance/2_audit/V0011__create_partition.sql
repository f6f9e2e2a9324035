-- Creates the partition of a month, and moves to it what the default partition has of that month. Returns how many
-- rows that were, and null where the partition was there. A month that was detached is attached again, likewise.
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
    owner name;
    moved bigint;
BEGIN
    -- Of two that create the same month, the second one waits here and then finds it.
    PERFORM pg_advisory_xact_lock(hashtextextended('audit.' || parent, 0));
    IF EXISTS (SELECT FROM pg_inherits
                WHERE inhparent = format('audit.%I', parent)::regclass
                  AND inhrelid = to_regclass(format('audit.%I', child))) THEN
        RETURN NULL;
    END IF;
    IF to_regclass(format('audit.%I', child)) IS NOT NULL
       AND NOT EXISTS (SELECT FROM audit.detached_partitions AS gone
                        WHERE gone.partition = child AND gone.parent = create_partition.parent) THEN
        RAISE EXCEPTION 'audit.% has the name of a month of audit.%, and is none', child, parent
            USING ERRCODE = 'duplicate_table', HINT = 'rename it, or attach it by hand';
    END IF;
    -- The parent first, as ALTER TABLE does: the other order could deadlock with a migration. Then nobody writes to
    -- the default partition between the move and the attachment.
    EXECUTE format('LOCK TABLE ONLY audit.%I IN SHARE UPDATE EXCLUSIVE MODE', parent);
    EXECUTE format('LOCK TABLE audit.%I IN ACCESS EXCLUSIVE MODE', parent || '_default');
    IF to_regclass(format('audit.%I', child)) IS NULL THEN
        EXECUTE format('CREATE TABLE audit.%I (LIKE audit.%I INCLUDING ALL)', child, parent);
        -- Whoever runs this: a month of somebody else's could not be altered or dropped with its table.
        SELECT pg_get_userbyid(relowner) INTO owner FROM pg_class WHERE oid = format('audit.%I', parent)::regclass;
        EXECUTE format('ALTER TABLE audit.%I OWNER TO %I', child, owner);
    END IF;
    EXECUTE format(
        'WITH gone AS (DELETE FROM audit.%I WHERE ts >= $1 AND ts < $2 RETURNING *) '
        'INSERT INTO audit.%I SELECT * FROM gone', parent || '_default', child) USING first, next;
    GET DIAGNOSTICS moved = ROW_COUNT;
    EXECUTE format('ALTER TABLE audit.%I ATTACH PARTITION audit.%I FOR VALUES FROM (%L) TO (%L)',
                   parent, child, first, next);
    DELETE FROM audit.detached_partitions AS gone WHERE gone.partition = child;
    RETURN moved;
END
$$;
