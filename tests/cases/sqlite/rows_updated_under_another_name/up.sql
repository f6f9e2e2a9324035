ALTER TABLE orders RENAME TO orders_old;
UPDATE orders_old SET note = 'none' WHERE note = 'nothing';
CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    customer TEXT NOT NULL,
    total REAL DEFAULT 0,
    note TEXT UNIQUE
);
INSERT INTO orders SELECT * FROM orders_old;
DROP TABLE orders_old;
