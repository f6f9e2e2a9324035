INSERT INTO events (name) VALUES ('installed');
