DROP INDEX i; CREATE UNIQUE INDEX i ON orders (customer);
