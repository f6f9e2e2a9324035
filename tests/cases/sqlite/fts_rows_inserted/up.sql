INSERT INTO notes (rowid, title, body) VALUES (7, 'Welcome', 'It works'), (8, 'Help', 'Ask');
