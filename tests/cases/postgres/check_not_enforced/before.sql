CREATE TABLE parcels (a integer PRIMARY KEY, b integer REFERENCES parcels, CONSTRAINT known CHECK (b > 0));
INSERT INTO parcels VALUES (1, 1);
