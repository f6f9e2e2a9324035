DROP INDEX visits_visited_at;
ALTER TABLE visits DROP COLUMN visited_at;
