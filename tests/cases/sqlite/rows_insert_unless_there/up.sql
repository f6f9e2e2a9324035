INSERT OR IGNORE INTO settings VALUES ('theme', 'dark');
