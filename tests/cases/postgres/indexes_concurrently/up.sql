CREATE INDEX CONCURRENTLY orders_placed_on_idx ON orders (placed_on);
DROP INDEX CONCURRENTLY orders_note_lower;
