-- include shop.sql
CREATE TYPE mood AS ENUM ('a', 'b');
CREATE TABLE t (id int, m mood DEFAULT 'a', l mood[]);
ALTER TABLE t DROP COLUMN l;
