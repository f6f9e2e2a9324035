-- include shop.sql
CREATE TYPE mood AS ENUM ('a', 'b');
CREATE TABLE t (id int, m mood DEFAULT 'a', l mood[] DEFAULT '{a}');
CREATE FUNCTION f(m mood) RETURNS mood LANGUAGE sql AS 'SELECT m';
CREATE VIEW v AS SELECT f(m) AS m FROM t WHERE m = 'a';
CREATE INDEX i ON t (m) WHERE m = 'b';
ALTER TABLE t ADD CHECK (m <> 'b');
CREATE TABLE s (m mood PRIMARY KEY);
