PRAGMA foreign_keys = OFF;
CREATE TABLE t_new (id INTEGER PRIMARY KEY, s TEXT NOT NULL DEFAULT 'a' CHECK (s IN ('a', 'b', 'c')));
INSERT INTO t_new SELECT * FROM t;
DROP TABLE t;
ALTER TABLE t_new RENAME TO t;
CREATE INDEX t_s ON t (s) WHERE s = 'a';
PRAGMA foreign_keys = ON;
