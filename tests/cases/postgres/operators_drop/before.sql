-- include shop.sql
CREATE FUNCTION near(integer, integer) RETURNS boolean LANGUAGE sql AS 'SELECT abs($1 - $2) < 3';
CREATE OPERATOR ~~~ (LEFTARG = integer, RIGHTARG = integer, FUNCTION = near, COMMUTATOR = ~~~, RESTRICT = contsel);
COMMENT ON OPERATOR ~~~ (integer, integer) IS 'nearly';
CREATE CAST (money_amount AS text) WITH INOUT AS ASSIGNMENT;
CREATE COLLATION co (locale = 'C');
