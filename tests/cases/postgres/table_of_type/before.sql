-- include shop.sql
CREATE TABLE ot OF money_amount (amount NOT NULL);
