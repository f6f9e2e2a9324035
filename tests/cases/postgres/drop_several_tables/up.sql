DROP TABLE order_items, orders, customers CASCADE;
