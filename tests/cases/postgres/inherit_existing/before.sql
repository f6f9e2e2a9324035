-- include shop.sql
CREATE TABLE base (a int);
CREATE TABLE vip (a int, level int);
