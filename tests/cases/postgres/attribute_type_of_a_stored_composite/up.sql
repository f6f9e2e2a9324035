CREATE TYPE measurement_with_zone AS (taken_at timestamptz, value bigint, note varchar(20));
DROP VIEW sensor_values;
ALTER TABLE sensors
    ALTER COLUMN latest DROP DEFAULT,
    ALTER COLUMN latest TYPE measurement_with_zone USING latest::text::measurement_with_zone,
    ALTER COLUMN all_of_them DROP DEFAULT,
    ALTER COLUMN all_of_them TYPE measurement_with_zone[] USING all_of_them::text::measurement_with_zone[];
DROP FUNCTION value_of(measurement);
DROP TYPE measurement;
ALTER TYPE measurement_with_zone RENAME TO measurement;
COMMENT ON TYPE measurement IS 'one reading, at a known moment';
ALTER TABLE sensors
    ALTER COLUMN latest SET DEFAULT ROW('2024-01-01', 0, 'none')::measurement,
    ALTER COLUMN all_of_them SET DEFAULT '{}';
CREATE FUNCTION value_of(measurement) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$ SELECT ($1).value $$;
CREATE VIEW sensor_values AS SELECT id, value_of(latest) AS value FROM sensors;
