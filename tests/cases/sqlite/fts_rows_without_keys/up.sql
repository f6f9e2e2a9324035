INSERT INTO notes (title, body) VALUES ('Welcome', 'It works');
