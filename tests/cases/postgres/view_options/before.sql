-- include shop.sql
CREATE VIEW lc AS SELECT * FROM orders WHERE total > 5 WITH LOCAL CHECK OPTION;
