DROP TABLE pages;
ALTER TABLE words SET (parallel_workers = 4);
ALTER TABLE links SET (autovacuum_enabled = false);
ALTER TABLE links RESET (toast.autovacuum_enabled);
