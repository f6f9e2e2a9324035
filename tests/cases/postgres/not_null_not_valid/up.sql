DO $$ BEGIN
    IF current_setting('server_version_num')::integer >= 180000 THEN
        EXECUTE 'ALTER TABLE parcels ADD CONSTRAINT known NOT NULL a NOT VALID';
    ELSE
        ALTER TABLE parcels ALTER a SET NOT NULL;
    END IF;
END $$;
