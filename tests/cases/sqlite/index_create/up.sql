CREATE INDEX i ON orders (customer, total DESC);
