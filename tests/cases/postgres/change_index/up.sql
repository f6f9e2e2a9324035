DROP INDEX orders_note_lower;
CREATE INDEX orders_note_lower ON orders USING hash (note);
