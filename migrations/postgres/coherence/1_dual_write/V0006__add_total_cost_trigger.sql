-- Once for each statement, not for each row as in the plan: a bulk insert of 10,000 contributions to an asset writes
-- that asset once. `total_cost + cost` is computed on the row as it is once its lock is held, so that concurrent inserts
-- add up exactly. The search path is fixed, here and in 7: whoever writes contributions, no function or operator of
-- theirs is called in place of PostgreSQL's.
CREATE FUNCTION coherence.update_asset_total_cost() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    change record;
BEGIN
    -- In the order of the ids, so that two that write contributions to the same assets wait for each other here.
    FOR change IN
        SELECT asset_id, sum(cost_amount) AS cost FROM added GROUP BY asset_id ORDER BY asset_id
    LOOP
        UPDATE coherence.assets
        SET total_cost = total_cost + change.cost, updated_at = now()
        WHERE id = change.asset_id;
    END LOOP;
    RETURN NULL;
END
$$;

CREATE TRIGGER contribution_update_asset_cost
    AFTER INSERT ON coherence.contributions REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION coherence.update_asset_total_cost();
