CREATE TABLE places (id serial, name text);
ALTER TABLE places OWNER TO case_reader;
COMMENT ON SEQUENCE places_id_seq IS $$numbers$$;
