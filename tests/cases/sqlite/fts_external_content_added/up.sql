CREATE VIRTUAL TABLE notes_fts USING fts5 (body, content='notes', content_rowid='id');
CREATE TRIGGER notes_added AFTER INSERT ON notes BEGIN INSERT INTO notes_fts (rowid, body) VALUES (new.id, new.body); END;
INSERT INTO notes_fts (notes_fts) VALUES ('rebuild');
