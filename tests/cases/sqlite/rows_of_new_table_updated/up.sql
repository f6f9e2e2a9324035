CREATE TABLE notes (order_id INTEGER, text TEXT);
INSERT INTO notes SELECT id, note FROM orders WHERE note IS NOT NULL;
UPDATE notes SET text = 'none' WHERE text = 'nothing';
DROP TABLE notes;
