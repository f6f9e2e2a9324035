-- include shop.sql
CREATE TABLE t (id int PRIMARY KEY, at date NOT NULL);
INSERT INTO t VALUES (1, '2024-01-01');
