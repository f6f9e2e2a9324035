-- Deletes heartbeats older than `keep`, the oldest first, at most `max_rows` of them, and returns how many these were:
-- to be called until that is less than `max_rows`, each time in a transaction of its own, so that none is long.
-- Any scheduler may call it, also twice at once: what the other one is deleting is passed over, not waited for.
CREATE FUNCTION background_agents.purge_heartbeats(
    keep interval DEFAULT '30 days',
    max_rows integer DEFAULT 50000
) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    deleted bigint;
BEGIN
    -- An argument that was mixed up would empty the table, and every agent would count as silent.
    IF keep IS NULL OR keep < interval '1 day' THEN
        RAISE EXCEPTION 'heartbeats are kept for one day at least, not for %', coalesce(keep::text, 'NULL')
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF max_rows IS NULL OR max_rows < 1 THEN
        RAISE EXCEPTION 'max_rows is 1 at least, not %', coalesce(max_rows::text, 'NULL')
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    DELETE FROM background_agents.agent_heartbeats
        WHERE id = ANY (ARRAY(
            SELECT h.id FROM background_agents.agent_heartbeats AS h
                WHERE h.timestamp < now() - keep
                ORDER BY h.timestamp
                LIMIT max_rows
                FOR UPDATE SKIP LOCKED
        ));
    GET DIAGNOSTICS deleted = ROW_COUNT;
    RETURN deleted;
END
$$;
