DROP FUNCTION is_open(order_status);
CREATE FUNCTION is_open(s order_status) RETURNS text LANGUAGE sql AS 'SELECT s::text';
