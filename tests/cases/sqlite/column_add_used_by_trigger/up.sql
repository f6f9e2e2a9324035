ALTER TABLE orders ADD COLUMN changed TEXT; CREATE TRIGGER tr AFTER UPDATE ON orders BEGIN UPDATE orders SET changed = 'now' WHERE id = new.id; END;
