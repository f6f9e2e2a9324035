CREATE TABLE parcels (id integer PRIMARY KEY, s character varying(10) CONSTRAINT known CHECK (s IN ('a', 'b')), n integer);
INSERT INTO parcels VALUES (1, 'a', 3), (2, 'b', 4);
CREATE INDEX waiting ON parcels (n) WHERE s NOT IN ('a', 'b') AND n BETWEEN 1 AND 5;
