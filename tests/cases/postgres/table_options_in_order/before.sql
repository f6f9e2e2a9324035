CREATE TABLE pages (id integer, body text) WITH (
    fillfactor = 80, autovacuum_enabled = false, toast.autovacuum_vacuum_threshold = 50, toast.autovacuum_enabled = false
);
CREATE TABLE words (id integer PRIMARY KEY) WITH (parallel_workers = 2, fillfactor = 90, autovacuum_enabled = true);
CREATE TABLE links (id integer, target text) WITH (toast.autovacuum_enabled = false, fillfactor = 60);
