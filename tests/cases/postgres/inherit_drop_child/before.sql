-- include shop.sql
CREATE TABLE vip (level int, CHECK (level > 0)) INHERITS (customers);
