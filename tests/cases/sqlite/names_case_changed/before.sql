CREATE TABLE orders (id INTEGER PRIMARY KEY, customerID INTEGER, total REAL);
CREATE INDEX idx_orders_customerID ON orders (customerID);
CREATE VIEW orderTotals AS SELECT customerID, sum(total) AS total FROM orders GROUP BY customerID;
