CREATE TABLE users (id INTEGER PRIMARY KEY, age INTEGER, CONSTRAINT age_check CHECK ("users"."age" > 21 OR users . id > 0));
CREATE INDEX users_age ON users (age) WHERE users.age > 3;
