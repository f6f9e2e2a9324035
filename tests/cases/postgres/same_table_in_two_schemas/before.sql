-- include shop.sql
CREATE TABLE audit.orders (id serial PRIMARY KEY, x int UNIQUE);
