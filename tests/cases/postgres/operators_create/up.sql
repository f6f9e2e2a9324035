CREATE FUNCTION near(int, int) RETURNS boolean LANGUAGE sql AS 'SELECT abs($1 - $2) < 3';
CREATE OPERATOR ~~~ (LEFTARG = int, RIGHTARG = int, FUNCTION = near);
CREATE CAST (money_amount AS text) WITH INOUT;
CREATE COLLATION co (locale = 'C');
CREATE PUBLICATION pu FOR TABLE orders;
