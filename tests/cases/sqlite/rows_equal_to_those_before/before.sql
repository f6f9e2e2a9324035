CREATE TABLE log (line TEXT);
INSERT INTO log VALUES ('started');
