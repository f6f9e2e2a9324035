CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    customer TEXT NOT NULL,
    total REAL DEFAULT 0,
    note TEXT
);
CREATE VIEW v AS SELECT id, customer FROM orders;
CREATE TRIGGER tr AFTER INSERT ON orders BEGIN UPDATE orders SET customer = upper(new.customer) WHERE id = new.id; END;
