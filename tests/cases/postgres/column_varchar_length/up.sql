DROP POLICY own_rows ON customers;
DROP VIEW open_totals;
DROP VIEW open_orders;
ALTER TABLE customers ALTER COLUMN name TYPE varchar(200);
