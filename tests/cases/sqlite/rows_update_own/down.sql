UPDATE roles SET rank = 1 WHERE name = 'admin';
