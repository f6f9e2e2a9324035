DROP TRIGGER notes_ai;
DROP TABLE notes_fts;
ALTER TABLE notes ADD COLUMN title TEXT;
