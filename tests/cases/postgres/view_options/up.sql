ALTER VIEW open_orders SET (security_barrier = true);
CREATE OR REPLACE VIEW lc WITH (check_option = cascaded) AS SELECT * FROM orders WHERE total > 5;
