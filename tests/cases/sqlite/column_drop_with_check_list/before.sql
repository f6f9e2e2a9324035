CREATE TABLE t (id INTEGER PRIMARY KEY, state TEXT NOT NULL CHECK (state IN ('open', 'done')), x TEXT);
