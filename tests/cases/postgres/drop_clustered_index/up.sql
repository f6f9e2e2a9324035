DROP INDEX places_name;
ALTER TABLE places DROP COLUMN name;
