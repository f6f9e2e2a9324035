CREATE TABLE customers (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL
);
INSERT INTO customers (name) VALUES ('Ada'), ('Grace');
