ALTER TABLE customers RENAME COLUMN id TO customer_no;
