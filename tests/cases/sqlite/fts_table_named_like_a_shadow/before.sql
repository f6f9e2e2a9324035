CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT);
CREATE VIRTUAL TABLE notes_fts USING fts4 (body);
CREATE TABLE notes_fts_config (k TEXT);
