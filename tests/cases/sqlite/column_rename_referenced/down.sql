ALTER TABLE customers RENAME COLUMN customer_no TO id;
