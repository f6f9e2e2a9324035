ALTER TABLE orders ADD COLUMN note TEXT;
CREATE INDEX i ON orders (note);
