ALTER TABLE customers ADD COLUMN total bigint NOT NULL DEFAULT 0;
INSERT INTO orders (customer, amount) SELECT id, 10 FROM customers;
