CREATE INDEX o_inc ON orders (placed_on) INCLUDE (note, total);
