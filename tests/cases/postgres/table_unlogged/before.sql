-- include shop.sql
CREATE UNLOGGED TABLE u2 (a int);
