ALTER TABLE orders RENAME COLUMN customerID TO customerid;
DROP INDEX idx_orders_customerID;
CREATE INDEX idx_orders_customerid ON orders (customerid);
DROP VIEW orderTotals;
CREATE VIEW ordertotals AS SELECT customerid, sum(total) AS total FROM orders GROUP BY customerid;
