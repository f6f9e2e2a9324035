CREATE TABLE parcels (a integer, b integer NOT NULL);
INSERT INTO parcels VALUES (1, 2);
