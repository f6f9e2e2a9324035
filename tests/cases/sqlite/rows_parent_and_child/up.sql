INSERT INTO p (id, name) VALUES (7, 'seven');
INSERT INTO c VALUES ('x', 7), ('y', 7);
