-- include shop.sql
CREATE TABLE vip (level int) INHERITS (customers);
