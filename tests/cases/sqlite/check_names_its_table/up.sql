CREATE TABLE __new_users (id INTEGER PRIMARY KEY, age TEXT);
INSERT INTO __new_users SELECT id, age FROM users;
DROP TABLE users;
ALTER TABLE __new_users RENAME TO users;
