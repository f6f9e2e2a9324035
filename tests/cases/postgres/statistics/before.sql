-- include shop.sql
CREATE STATISTICS st2 (ndistinct, mcv) ON placed_on, note FROM orders;
ALTER STATISTICS st2 SET STATISTICS 50;
COMMENT ON STATISTICS st2 IS 'x';
