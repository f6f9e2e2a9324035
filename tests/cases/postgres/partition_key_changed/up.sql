DROP TABLE e;
CREATE TABLE e (id integer, kind text) PARTITION BY LIST (kind);
