CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    customer TEXT NOT NULL,
    total REAL DEFAULT 0,
    note TEXT
);
CREATE VIEW v AS SELECT id, note FROM orders;
CREATE TRIGGER tr AFTER INSERT ON orders BEGIN DELETE FROM orders WHERE note = new.note; END;
