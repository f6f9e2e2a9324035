DO $$ BEGIN
    IF current_setting('server_version_num')::integer >= 180000 THEN
        EXECUTE 'ALTER TABLE parcels ADD CONSTRAINT known NOT NULL b NO INHERIT';
        EXECUTE 'ALTER TABLE parcels ALTER CONSTRAINT known INHERIT';
    END IF;
END $$;
