DROP OPERATOR ~~~ (integer, integer);
DROP CAST (money_amount AS text);
DROP COLLATION co;
DROP FUNCTION near;
