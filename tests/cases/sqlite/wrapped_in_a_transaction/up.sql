PRAGMA foreign_keys = OFF;
BEGIN;
ALTER TABLE orders DROP COLUMN note;
COMMIT;
PRAGMA foreign_keys = ON;
