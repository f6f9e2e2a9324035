ALTER TABLE orders RENAME COLUMN customerid TO customerID;
DROP VIEW ordertotals;
DROP INDEX idx_orders_customerid;
CREATE INDEX idx_orders_customerID ON orders (customerID);
CREATE VIEW orderTotals AS SELECT customerID, sum(total) AS total FROM orders GROUP BY customerID;
