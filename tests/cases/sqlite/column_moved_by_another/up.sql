ALTER TABLE orders ADD COLUMN note_new TEXT DEFAULT 'none';
UPDATE orders SET note_new = note;
ALTER TABLE orders DROP COLUMN note;
ALTER TABLE orders RENAME COLUMN note_new TO note;
