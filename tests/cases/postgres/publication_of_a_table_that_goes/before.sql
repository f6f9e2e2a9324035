-- include shop.sql
CREATE TABLE gone (id integer PRIMARY KEY, s text);
CREATE PUBLICATION pu FOR TABLE gone, orders;
