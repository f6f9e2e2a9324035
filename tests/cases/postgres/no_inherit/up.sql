ALTER TABLE vip NO INHERIT customers;
