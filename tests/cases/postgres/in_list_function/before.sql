CREATE TABLE parcels (id integer PRIMARY KEY, s character varying(10) CONSTRAINT known CHECK (s IN ('a', 'b')), n integer);
INSERT INTO parcels VALUES (1, 'a', 3), (2, 'b', 4);
CREATE FUNCTION waiting(p parcels) RETURNS boolean LANGUAGE sql BEGIN ATOMIC SELECT p.s IN ('a', 'b') OR p.n BETWEEN 1 AND 5 AND p.n <> 3; END;
