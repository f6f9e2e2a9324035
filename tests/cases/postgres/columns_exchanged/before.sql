-- include shop.sql
CREATE TABLE a (x int, y text);
