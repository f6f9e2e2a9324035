CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    customer TEXT NOT NULL,
    total REAL DEFAULT 0,
    note TEXT
);
CREATE INDEX i ON orders (note) WHERE note IS NOT NULL;
CREATE VIEW v AS SELECT note FROM orders;
CREATE TRIGGER tr AFTER UPDATE OF note ON orders BEGIN DELETE FROM orders WHERE note = new.note; END;
