DROP TABLE notes;
CREATE VIRTUAL TABLE notes USING fts5 (title, body, tags);
