CREATE TABLE places (name text, id integer);
CREATE UNIQUE INDEX places_id ON places (id, name);
CREATE INDEX places_name ON places (name);
ALTER TABLE places CLUSTER ON places_name;
