ALTER TABLE order_items ALTER COLUMN order_id TYPE bigint;
DROP VIEW open_totals;
DROP VIEW open_orders;
ALTER TABLE orders ALTER COLUMN id TYPE bigint;
