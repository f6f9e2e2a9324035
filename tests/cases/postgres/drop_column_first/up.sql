ALTER TABLE order_items DROP COLUMN order_id;
