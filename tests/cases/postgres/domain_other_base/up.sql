ALTER TABLE customers ALTER COLUMN email TYPE text;
DROP DOMAIN email;
CREATE DOMAIN email AS varchar(100);
ALTER TABLE customers ALTER COLUMN email TYPE email;
