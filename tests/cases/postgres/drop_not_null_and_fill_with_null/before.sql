CREATE TABLE settings (id integer PRIMARY KEY, language text NOT NULL DEFAULT 'en', note text);
INSERT INTO settings (id) VALUES (1);
