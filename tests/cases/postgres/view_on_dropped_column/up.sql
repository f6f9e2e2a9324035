DROP VIEW open_totals;
DROP VIEW open_orders;
ALTER TABLE customers DROP COLUMN created_at;
CREATE VIEW open_orders AS SELECT 1 AS one;
