ALTER TABLE orders SET (fillfactor = 70, autovacuum_enabled = false, toast.autovacuum_enabled = false);
ALTER TABLE t RESET (fillfactor);
ALTER TABLE t SET (parallel_workers = 3);
