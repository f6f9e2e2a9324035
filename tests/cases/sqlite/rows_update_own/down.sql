UPDATE roles SET rank = 1 WHERE name = 'admin' AND rank = 9;
