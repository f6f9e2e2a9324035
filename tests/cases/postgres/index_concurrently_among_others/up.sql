CREATE INDEX CONCURRENTLY orders_placed_on_idx ON orders (placed_on);
ALTER TABLE orders ADD weight integer;
