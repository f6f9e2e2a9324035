CREATE VIEW v (a, b) AS SELECT id, note FROM orders;
