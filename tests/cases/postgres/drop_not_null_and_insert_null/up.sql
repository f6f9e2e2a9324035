ALTER TABLE settings ALTER COLUMN language DROP NOT NULL;
UPDATE settings SET language = NULL WHERE id = 1;
