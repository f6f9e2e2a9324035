-- include shop.sql
TRUNCATE order_items;
