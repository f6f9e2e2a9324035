DELETE FROM pages WHERE id = 2;
INSERT INTO pages VALUES (3, 'third');
