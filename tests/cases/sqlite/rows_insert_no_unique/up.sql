INSERT INTO roles (name) VALUES ('it''s'), (NULL);
