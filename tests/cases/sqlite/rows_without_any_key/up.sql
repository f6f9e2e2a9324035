INSERT INTO log (line) VALUES ('started');
