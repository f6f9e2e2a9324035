-- CONCURRENTLY cannot be in a transaction: schemactl runs this file statement by statement, with a journal.
CREATE INDEX CONCURRENTLY visits_visited_at ON visits (visited_at);
