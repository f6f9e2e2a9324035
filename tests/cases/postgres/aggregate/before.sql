-- include shop.sql
CREATE AGGREGATE sum2(int) (sfunc = int4pl, stype = int, initcond = '0', parallel = safe);
COMMENT ON AGGREGATE sum2(int) IS 'x';
