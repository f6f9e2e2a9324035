ALTER TABLE order_items DROP COLUMN cost;
ALTER TABLE order_items ADD COLUMN cost numeric GENERATED ALWAYS AS (quantity * price * 2) STORED;
