CREATE TABLE orders_new (
    id INTEGER PRIMARY KEY,
    customer TEXT NOT NULL,
    total REAL NOT NULL DEFAULT 0,
    note TEXT
);
INSERT INTO orders_new SELECT id, customer, total, note FROM orders WHERE customer <> 'nobody';
DROP TABLE orders;
ALTER TABLE orders_new RENAME TO orders;
