CREATE TABLE roles (name TEXT PRIMARY KEY);
INSERT INTO roles (name) VALUES ('admin');
