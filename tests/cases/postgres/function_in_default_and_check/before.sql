-- include shop.sql
CREATE FUNCTION g() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE TABLE t (a int DEFAULT g(), CHECK (a > g()));
CREATE INDEX ti ON t ((a + g()));
CREATE VIEW tv AS SELECT g() AS g;
