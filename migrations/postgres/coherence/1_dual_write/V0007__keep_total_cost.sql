-- What the plan's trigger for INSERT leaves out: a contribution whose cost is corrected, that is moved to another
-- asset, or that goes, alone or with its contributor, would leave the sum wrong for ever.
CREATE FUNCTION coherence.correct_asset_total_cost() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    change record;
BEGIN
    -- An asset whose sum stays, since only a score was changed, is not written and not locked.
    FOR change IN
        SELECT asset_id, sum(cost) AS cost
        FROM (
            SELECT asset_id, cost_amount AS cost FROM added
            UNION ALL
            SELECT asset_id, -cost_amount FROM removed
        ) AS changes
        GROUP BY asset_id
        HAVING sum(cost) <> 0
        ORDER BY asset_id
    LOOP
        UPDATE coherence.assets
        SET total_cost = total_cost + change.cost, updated_at = now()
        WHERE id = change.asset_id;
    END LOOP;
    RETURN NULL;
END
$$;

CREATE FUNCTION coherence.reduce_asset_total_cost() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    change record;
BEGIN
    -- Where the asset itself was deleted, and its contributions with it, there is no row to write.
    FOR change IN
        SELECT asset_id, sum(cost_amount) AS cost FROM removed GROUP BY asset_id ORDER BY asset_id
    LOOP
        UPDATE coherence.assets
        SET total_cost = total_cost - change.cost, updated_at = now()
        WHERE id = change.asset_id;
    END LOOP;
    RETURN NULL;
END
$$;

CREATE FUNCTION coherence.clear_asset_total_cost() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    UPDATE coherence.assets SET total_cost = 0, updated_at = now() WHERE total_cost <> 0;
    RETURN NULL;
END
$$;

CREATE TRIGGER contribution_correct_asset_cost
    AFTER UPDATE ON coherence.contributions REFERENCING OLD TABLE AS removed NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION coherence.correct_asset_total_cost();

CREATE TRIGGER contribution_reduce_asset_cost
    AFTER DELETE ON coherence.contributions REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION coherence.reduce_asset_total_cost();

-- TRUNCATE fires no trigger for DELETE.
CREATE TRIGGER contribution_clear_asset_cost
    AFTER TRUNCATE ON coherence.contributions
    FOR EACH STATEMENT EXECUTE FUNCTION coherence.clear_asset_total_cost();
