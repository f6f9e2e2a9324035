UPDATE customers SET nickname = '';
ALTER TABLE customers ALTER COLUMN nickname SET NOT NULL;
