-- include shop.sql
CREATE TYPE mood AS ENUM ('a', 'b');
CREATE TABLE t (id int, m mood DEFAULT 'a') PARTITION BY RANGE (id);
CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (10);
