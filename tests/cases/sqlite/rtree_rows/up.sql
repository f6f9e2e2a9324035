INSERT INTO places VALUES (1, 0, 1, 2, 3.25);
