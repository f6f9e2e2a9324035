CREATE EXTENSION pg_trgm;
CREATE INDEX tri ON orders USING gin (note gin_trgm_ops);
