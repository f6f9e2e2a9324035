INSERT INTO settings VALUES ('theme', 'dark') ON CONFLICT (name) DO UPDATE SET value = excluded.value;
