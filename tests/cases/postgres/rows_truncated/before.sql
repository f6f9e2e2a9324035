CREATE TABLE places (id integer PRIMARY KEY, name text);
INSERT INTO places VALUES (1, $$here$$), (2, NULL);
