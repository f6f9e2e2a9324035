DROP INDEX orders_tax;
ALTER TABLE orders DROP COLUMN tax;
