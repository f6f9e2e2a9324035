UPDATE roles SET rank = 9 WHERE name IN ('admin', 'user');
