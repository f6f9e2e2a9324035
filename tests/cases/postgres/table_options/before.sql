-- include shop.sql
CREATE TABLE t (a text) WITH (fillfactor = 50, parallel_workers = 1);
