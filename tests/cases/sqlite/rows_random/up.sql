INSERT INTO tokens (name, token) VALUES ('system', lower(hex(randomblob(16))));
