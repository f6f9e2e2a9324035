ALTER TABLE visits ADD COLUMN visited_at TEXT;
CREATE INDEX visits_visited_at ON visits (visited_at);
