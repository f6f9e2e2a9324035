INSERT INTO log VALUES ('started');
