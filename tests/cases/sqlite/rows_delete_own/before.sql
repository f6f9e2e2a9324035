CREATE TABLE roles (name TEXT PRIMARY KEY, data BLOB);
INSERT INTO roles VALUES ('admin', x'00ff'), ('user', NULL);
