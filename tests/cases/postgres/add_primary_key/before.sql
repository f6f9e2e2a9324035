-- include shop.sql
CREATE TABLE np (a int NOT NULL, b int);
