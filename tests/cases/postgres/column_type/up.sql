ALTER TABLE order_items ALTER COLUMN line TYPE bigint;
