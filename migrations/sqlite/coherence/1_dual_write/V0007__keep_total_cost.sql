-- What the plan's trigger for INSERT leaves out: a contribution whose cost is corrected, that is moved to another
-- asset, or that goes, alone or with its contributor, would leave the sum wrong for ever.
CREATE TRIGGER contribution_correct_asset_cost AFTER UPDATE OF cost_amount, asset_id ON contributions
WHEN OLD.cost_amount <> NEW.cost_amount OR OLD.asset_id <> NEW.asset_id
BEGIN
    -- Both may be the same asset: then the second goes on from what the first has left.
    UPDATE assets
    SET total_cost = round(total_cost - OLD.cost_amount, 2), updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
    WHERE id = OLD.asset_id;
    UPDATE assets
    SET total_cost = round(total_cost + NEW.cost_amount, 2), updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
    WHERE id = NEW.asset_id;
END;

-- Where the asset itself was deleted, and its contributions with it, there is no row to write. DELETE without WHERE
-- fires this for each row: a table with triggers is not truncated.
CREATE TRIGGER contribution_reduce_asset_cost AFTER DELETE ON contributions
BEGIN
    UPDATE assets
    SET total_cost = round(total_cost - OLD.cost_amount, 2), updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
    WHERE id = OLD.asset_id;
END;
