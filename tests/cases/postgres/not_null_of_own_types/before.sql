CREATE TYPE kind AS ENUM ('it''s', 'two words');
CREATE TYPE point_of AS (x integer, y integer);
CREATE TYPE span AS RANGE (subtype = integer);
CREATE DOMAIN code AS integer;
CREATE TABLE places (kind kind NOT NULL, at point_of NOT NULL, span span NOT NULL, code code NOT NULL, id integer);
INSERT INTO places VALUES ('it''s', '(1,2)', '[1,2)', 1, 1);
