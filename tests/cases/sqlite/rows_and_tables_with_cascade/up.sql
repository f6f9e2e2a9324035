CREATE TABLE extra (id INTEGER PRIMARY KEY);
INSERT INTO roles (name) VALUES ('guest');
