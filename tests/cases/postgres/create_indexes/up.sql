CREATE INDEX a1 ON orders USING gin (payload jsonb_path_ops);
CREATE INDEX a2 ON orders USING brin (placed_on) WITH (pages_per_range = 4);
CREATE UNIQUE INDEX a3 ON customers (lower(name) COLLATE "C" DESC);
CREATE INDEX a4 ON orders ((payload ->> 'x')) WHERE note IS NOT NULL;
CREATE INDEX CONCURRENTLY a5 ON orders (tags);
