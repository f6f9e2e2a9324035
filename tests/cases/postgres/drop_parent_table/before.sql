-- include shop.sql
TRUNCATE customers CASCADE;
