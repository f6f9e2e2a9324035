DROP FUNCTION open_total(bigint, date);
CREATE FUNCTION open_total(c bigint) RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';
