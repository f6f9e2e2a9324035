CREATE STATISTICS st (dependencies) ON status, total FROM orders;
DROP STATISTICS st2;
