CREATE TYPE spot AS (x integer, y integer);
CREATE TABLE places (id integer, at spot);
