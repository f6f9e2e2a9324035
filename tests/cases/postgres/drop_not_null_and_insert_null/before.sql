CREATE TABLE settings (id integer PRIMARY KEY, language text NOT NULL DEFAULT 'en');
INSERT INTO settings (id) VALUES (1);
