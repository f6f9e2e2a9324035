ALTER TABLE orders SET SCHEMA audit;
ALTER FUNCTION touch() SET SCHEMA audit;
ALTER TYPE order_status SET SCHEMA audit;
