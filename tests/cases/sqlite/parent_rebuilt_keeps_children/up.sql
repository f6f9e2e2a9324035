CREATE TABLE n (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, email TEXT); INSERT INTO n (id, name) SELECT id, name FROM customers; DROP TABLE customers; ALTER TABLE n RENAME TO customers;
