CREATE TABLE parcels (id integer PRIMARY KEY, s character varying(10));
ALTER TABLE parcels ADD CONSTRAINT known CHECK (s IN ('a', 'b')) NOT VALID;
