CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    customer TEXT NOT NULL,
    total REAL DEFAULT 0,
    note TEXT
);
CREATE TRIGGER tr BEFORE UPDATE OF note ON orders WHEN new.note = '' BEGIN SELECT raise(ABORT, 'no; never'); END;
