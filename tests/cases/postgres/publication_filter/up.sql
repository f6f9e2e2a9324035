DO $do$ BEGIN
  IF current_setting('server_version_num')::integer >= 150000 THEN
    EXECUTE 'ALTER PUBLICATION pu SET TABLE orders (id) WHERE (id > 5 AND id < 10), customers';
  ELSE
    ALTER PUBLICATION pu SET TABLE orders;
  END IF;
END $do$;
