DROP VIEW open_totals;
DROP VIEW open_orders;
DROP MATERIALIZED VIEW sales;
ALTER TABLE orders ALTER COLUMN total TYPE double precision;
CREATE VIEW open_orders AS SELECT o.id, o.status, o.total, c.name FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.status <> 'shipped';
CREATE VIEW open_totals AS SELECT name, sum(total) AS total FROM open_orders GROUP BY name;
