CREATE TABLE audit (line text NOT NULL);
INSERT INTO audit VALUES ('begun');
