-- include shop.sql
CREATE TABLE t (a integer DEFAULT 0);
