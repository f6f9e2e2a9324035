DELETE FROM roles WHERE id = 1 AND name = 'admin';
DELETE FROM roles WHERE id = 2 AND name = 'user';
