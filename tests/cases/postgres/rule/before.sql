-- include shop.sql
CREATE RULE r2 AS ON UPDATE TO order_items WHERE OLD.quantity = 5 DO INSTEAD NOTHING;
