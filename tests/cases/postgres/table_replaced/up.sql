ALTER TABLE order_items RENAME TO order_items_old;
CREATE TABLE order_items (id int PRIMARY KEY);
