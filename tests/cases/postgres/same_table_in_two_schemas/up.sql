DROP TABLE audit.orders;
ALTER TABLE orders ADD COLUMN y int;
