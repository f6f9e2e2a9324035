-- include shop.sql
CREATE PROCEDURE q(t text) LANGUAGE sql AS 'SELECT 1';
