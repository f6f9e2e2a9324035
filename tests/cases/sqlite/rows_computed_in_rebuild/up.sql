CREATE TABLE orders_new (
    id INTEGER PRIMARY KEY,
    customer TEXT NOT NULL,
    total REAL NOT NULL DEFAULT 0,
    note TEXT
);
INSERT INTO orders_new (id, customer, total, note)
    SELECT id, CASE customer WHEN 'nobody' THEN 'somebody' ELSE customer END, total, note FROM orders;
DROP TABLE orders;
ALTER TABLE orders_new RENAME TO orders;
