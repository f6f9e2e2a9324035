CREATE TYPE addr AS (street text, zip varchar(10));
ALTER TABLE customers ADD COLUMN a addr;
