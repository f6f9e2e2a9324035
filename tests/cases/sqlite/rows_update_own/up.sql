UPDATE roles SET rank = 9 WHERE name = 'admin';
