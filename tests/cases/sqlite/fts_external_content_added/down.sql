DROP TRIGGER notes_added;
DROP TABLE notes_fts;
