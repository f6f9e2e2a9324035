CREATE VIEW rich AS SELECT * FROM customers WHERE balance > 100;
