CREATE TABLE n (line smallint, sku text, order_id integer NOT NULL);
DROP TABLE order_items;
ALTER TABLE n RENAME TO order_items;
