DO $$ BEGIN CREATE ROLE case_reader; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
CREATE TABLE places (id serial, name text);
ALTER TABLE places OWNER TO case_reader;
COMMENT ON SEQUENCE places_id_seq IS $$numbers$$;
