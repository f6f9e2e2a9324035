DELETE FROM roles WHERE id = 1;
DELETE FROM roles WHERE id = 2;
