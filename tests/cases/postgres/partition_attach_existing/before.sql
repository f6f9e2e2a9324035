-- include shop.sql
CREATE TABLE older (LIKE events INCLUDING DEFAULTS);
