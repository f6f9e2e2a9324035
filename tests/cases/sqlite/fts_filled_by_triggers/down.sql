DELETE FROM pages WHERE id = 3 AND body = 'third';
INSERT INTO pages (id, body) VALUES (2, 'second') ON CONFLICT DO NOTHING;
