-- include shop.sql
DO $do$ BEGIN
  IF current_setting('server_version_num')::integer >= 150000 THEN
    EXECUTE 'CREATE PUBLICATION pu FOR TABLE orders WHERE (id IN (1, 5)), TABLES IN SCHEMA public';
  ELSE
    CREATE PUBLICATION pu FOR TABLE orders;
  END IF;
END $do$;
