-- There is one writer at a time, so that nothing comes between the reading and the writing of the sum.
CREATE TRIGGER contribution_update_asset_cost AFTER INSERT ON contributions
BEGIN
    UPDATE assets
    SET total_cost = round(total_cost + NEW.cost_amount, 2), updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
    WHERE id = NEW.asset_id;
END;
