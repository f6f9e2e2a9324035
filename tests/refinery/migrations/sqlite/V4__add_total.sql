ALTER TABLE customers ADD COLUMN total INTEGER NOT NULL DEFAULT 0;
INSERT INTO orders (customer, amount) SELECT id, 10 FROM customers;
