CREATE TABLE roles (name TEXT PRIMARY KEY, rank INTEGER);
INSERT INTO roles VALUES ('admin', 1), ('user', 2);
