CREATE TABLE parcels (a integer NOT NULL, b integer);
CREATE TABLE express (c integer) INHERITS (parcels);
INSERT INTO parcels VALUES (1, 2);
