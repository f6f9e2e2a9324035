DROP INDEX i;
CREATE INDEX i ON orders (customer);
