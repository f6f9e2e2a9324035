ALTER TABLE orders ADD COLUMN tax REAL; CREATE INDEX orders_tax ON orders (tax);
