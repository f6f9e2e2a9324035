CREATE OR REPLACE VIEW open_totals AS SELECT name, max(total) AS total FROM open_orders GROUP BY name;
