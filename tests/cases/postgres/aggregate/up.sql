CREATE AGGREGATE prod(numeric) (sfunc = numeric_mul, stype = numeric, initcond = '1');
DROP AGGREGATE sum2(int);
