CREATE INDEX orders_customer_id ON orders (customer_id);

COMMIT;
PRAGMA foreign_keys = OFF;
BEGIN;

CREATE TABLE customers_new (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
INSERT INTO customers_new SELECT id, name FROM customers;
DROP TABLE customers;
ALTER TABLE customers_new RENAME TO customers;

COMMIT;
PRAGMA foreign_keys = ON;
BEGIN;
