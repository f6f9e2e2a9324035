CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TYPE selector AS (id int, mood mood);
CREATE TABLE people (id int PRIMARY KEY, mood mood NOT NULL);
CREATE UNIQUE INDEX people_mood ON people (mood, coalesce(id, 0));
CREATE FUNCTION pick(s selector[]) RETURNS int LANGUAGE sql AS 'SELECT 1';
