CREATE TABLE places (id integer, name text, kind text);
CREATE STATISTICS near (ndistinct, mcv) ON id, kind, (lower(name)) FROM places;
CREATE STATISTICS one ON (lower(name)) FROM places;
