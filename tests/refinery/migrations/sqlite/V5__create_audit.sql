CREATE TABLE audit (line TEXT NOT NULL);
INSERT INTO audit VALUES ('begun');
