-- include shop.sql
CREATE RECURSIVE VIEW rv (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM rv WHERE n < 5;
GRANT SELECT ON rv TO case_reader;
COMMENT ON COLUMN rv.n IS 'n';
