DROP INDEX CONCURRENTLY visits_visited_at;
