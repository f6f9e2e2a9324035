DO $$ BEGIN CREATE ROLE case_reader; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
CREATE FOREIGN DATA WRAPPER w OPTIONS (debug 'true');
CREATE SERVER srv TYPE 'pg' VERSION '9' FOREIGN DATA WRAPPER w OPTIONS (host 'a.b', dbname 'it''s');
CREATE USER MAPPING FOR case_reader SERVER srv OPTIONS ("user" 'me');
CREATE USER MAPPING FOR PUBLIC SERVER srv;
GRANT USAGE ON FOREIGN SERVER srv TO case_reader;
ALTER SERVER srv OWNER TO case_reader;
COMMENT ON SERVER srv IS 'far away';
CREATE FOREIGN TABLE prices (id integer) SERVER srv;
