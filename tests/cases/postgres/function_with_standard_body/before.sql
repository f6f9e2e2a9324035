-- include shop.sql
CREATE FUNCTION nb() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM orders; END;
