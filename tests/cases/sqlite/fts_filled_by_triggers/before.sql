CREATE TABLE pages (id INTEGER PRIMARY KEY, body TEXT);
CREATE VIRTUAL TABLE pages_fts USING fts5 (body);
CREATE TRIGGER pages_added AFTER INSERT ON pages BEGIN INSERT INTO pages_fts (rowid, body) VALUES (new.id, new.body); END;
CREATE TRIGGER pages_gone AFTER DELETE ON pages BEGIN DELETE FROM pages_fts WHERE rowid = old.id; END;
INSERT INTO pages VALUES (1, 'first'), (2, 'second');
