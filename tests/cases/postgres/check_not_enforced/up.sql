DO $$ BEGIN
    IF current_setting('server_version_num')::integer >= 180000 THEN
        EXECUTE 'ALTER TABLE parcels ALTER CONSTRAINT parcels_b_fkey NOT ENFORCED';
        EXECUTE 'ALTER TABLE parcels DROP CONSTRAINT known, ADD CONSTRAINT known CHECK (b > 0) NOT ENFORCED';
    END IF;
END $$;
