-- include shop.sql
CREATE TABLE t (a text DEFAULT '1', b text, c bigint, d int, e text);
