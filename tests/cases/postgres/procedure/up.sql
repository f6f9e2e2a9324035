CREATE PROCEDURE p(i int, INOUT j int) LANGUAGE plpgsql AS 'BEGIN j := i; END'; DROP PROCEDURE q(text);
