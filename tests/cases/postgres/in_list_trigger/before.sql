CREATE TABLE parcels (id integer PRIMARY KEY, s character varying(10) CONSTRAINT known CHECK (s IN ('a', 'b')), n integer);
INSERT INTO parcels VALUES (1, 'a', 3), (2, 'b', 4);
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER kept BEFORE UPDATE ON parcels FOR EACH ROW WHEN (NEW.s IN ('a', 'b')) EXECUTE FUNCTION keep();
