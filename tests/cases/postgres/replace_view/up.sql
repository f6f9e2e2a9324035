CREATE OR REPLACE VIEW open_orders AS SELECT o.id, o.status, o.total, c.name, o.note FROM orders o JOIN customers c ON c.id = o.customer_id;
