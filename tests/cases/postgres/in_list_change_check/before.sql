CREATE TABLE parcels (id integer PRIMARY KEY, s character varying(10) CONSTRAINT known CHECK (s IN ('a', 'b')), n integer);
INSERT INTO parcels VALUES (1, 'a', 3), (2, 'b', 4);
