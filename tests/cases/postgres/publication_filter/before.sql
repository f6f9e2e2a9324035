-- include shop.sql
CREATE PUBLICATION pu FOR TABLE orders, customers;
