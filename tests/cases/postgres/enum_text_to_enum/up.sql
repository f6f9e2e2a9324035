CREATE TYPE kindof AS ENUM ('x', 'y');
ALTER TABLE order_items ALTER COLUMN sku TYPE kindof USING sku::kindof;
