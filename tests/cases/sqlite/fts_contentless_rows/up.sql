INSERT INTO words (rowid, word) VALUES (1, 'hello');
