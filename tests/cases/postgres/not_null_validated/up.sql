DO $$ BEGIN
    IF current_setting('server_version_num')::integer >= 180000 THEN
        ALTER TABLE parcels VALIDATE CONSTRAINT known;
    END IF;
END $$;
