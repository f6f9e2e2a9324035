INSERT INTO notes (id, at) VALUES (7, now());
