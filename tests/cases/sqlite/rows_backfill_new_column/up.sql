ALTER TABLE orders ADD COLUMN big INTEGER; UPDATE orders SET big = total > 100;
