CREATE INDEX visits_page ON visits (page);
