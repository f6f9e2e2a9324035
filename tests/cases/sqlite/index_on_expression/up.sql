CREATE INDEX i ON orders (lower(customer));
