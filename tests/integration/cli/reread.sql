-- Everything with expressions is made again by what the server prints of it.
SET search_path = '';
DO $$ DECLARE r record; BEGIN
  FOR r IN SELECT conrelid::regclass AS t, conname AS n, pg_get_constraintdef(oid) AS d FROM pg_catalog.pg_constraint
      WHERE contype IN ('c', 'x') AND conrelid <> 0 AND connamespace IN ('checks'::regnamespace, 'views'::regnamespace, 'more'::regnamespace) LOOP
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', r.t, r.n);
    EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I %s', r.t, r.n, r.d);
  END LOOP;
  FOR r IN SELECT contypid::regtype AS t, conname AS n, pg_get_constraintdef(oid) AS d FROM pg_catalog.pg_constraint
      WHERE contypid <> 0 AND contype = 'c' AND connamespace = 'checks'::regnamespace LOOP
    EXECUTE format('ALTER DOMAIN %s DROP CONSTRAINT %I', r.t, r.n);
    EXECUTE format('ALTER DOMAIN %s ADD CONSTRAINT %I %s', r.t, r.n, r.d);
  END LOOP;
  FOR r IN SELECT c.oid::regclass AS v, pg_get_viewdef(c.oid) AS d, ' WITH (' || array_to_string(c.reloptions, ', ') || ')' AS o
      FROM pg_catalog.pg_class c WHERE c.relkind = 'v' AND c.relnamespace IN ('checks'::regnamespace, 'views'::regnamespace, 'more'::regnamespace) LOOP
    EXECUTE format('CREATE OR REPLACE VIEW %s%s AS %s', r.v, r.o, r.d);
  END LOOP;
  FOR r IN SELECT pg_get_functiondef(oid) AS d FROM pg_catalog.pg_proc WHERE prosqlbody IS NOT NULL AND oid >= 16384 LOOP
    EXECUTE r.d;
  END LOOP;
  FOR r IN SELECT pg_get_ruledef(w.oid) AS d FROM pg_catalog.pg_rewrite w WHERE w.oid >= 16384 AND w.rulename <> '_RETURN' LOOP
    EXECUTE replace(r.d, 'CREATE RULE', 'CREATE OR REPLACE RULE');
  END LOOP;
  FOR r IN SELECT pg_get_triggerdef(oid) AS d FROM pg_catalog.pg_trigger WHERE NOT tgisinternal LOOP
    EXECUTE replace(r.d, 'CREATE TRIGGER', 'CREATE OR REPLACE TRIGGER');
  END LOOP;
  FOR r IN SELECT polrelid::regclass AS t, polname AS n, ' USING (' || pg_get_expr(polqual, polrelid) || ')' AS q,
      ' WITH CHECK (' || pg_get_expr(polwithcheck, polrelid) || ')' AS c FROM pg_catalog.pg_policy LOOP
    EXECUTE format('ALTER POLICY %I ON %s%s%s', r.n, r.t, r.q, r.c);
  END LOOP;
  FOR r IN SELECT adrelid::regclass AS t, attname AS n, pg_get_expr(adbin, adrelid) AS d FROM pg_catalog.pg_attrdef
      JOIN pg_catalog.pg_attribute ON attrelid = adrelid AND attnum = adnum WHERE adrelid = 'checks.dflt'::regclass AND attgenerated = '' LOOP
    EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET DEFAULT %s', r.t, r.n, r.d);
  END LOOP;
  FOR r IN SELECT indexrelid::regclass AS i, pg_get_indexdef(indexrelid) AS d FROM pg_catalog.pg_index WHERE indexrelid::regclass::text LIKE 'checks.i_' LOOP
    EXECUTE format('DROP INDEX %s', r.i);
    EXECUTE r.d;
  END LOOP;
END $$;
