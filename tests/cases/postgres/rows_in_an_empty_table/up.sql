INSERT INTO places VALUES (1, $$here$$);
