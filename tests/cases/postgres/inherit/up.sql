CREATE TABLE vip (level int) INHERITS (customers);
