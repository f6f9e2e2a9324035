DROP MATERIALIZED VIEW sales;
CREATE MATERIALIZED VIEW sales AS SELECT placed_on, count(*) AS n FROM orders GROUP BY 1;
CREATE INDEX sales_n ON sales (n);
