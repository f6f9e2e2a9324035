CREATE TABLE parcels (a integer, b integer NOT NULL);
INSERT INTO parcels VALUES (1, 2);
DO $$ BEGIN
    IF current_setting('server_version_num')::integer >= 180000 THEN
        EXECUTE 'ALTER TABLE parcels ADD CONSTRAINT known NOT NULL a NOT VALID';
    END IF;
END $$;
