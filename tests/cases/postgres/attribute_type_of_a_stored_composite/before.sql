CREATE TYPE measurement AS (taken_at timestamp, value integer, note varchar(20));
COMMENT ON TYPE measurement IS 'one reading';
CREATE TABLE sensors (
    id integer PRIMARY KEY,
    latest measurement DEFAULT ROW('2024-01-01', 0, 'none')::measurement,
    all_of_them measurement[] NOT NULL DEFAULT '{}'
);
CREATE FUNCTION value_of(measurement) RETURNS integer LANGUAGE sql IMMUTABLE AS $$ SELECT ($1).value $$;
CREATE VIEW sensor_values AS SELECT id, value_of(latest) AS value FROM sensors;
