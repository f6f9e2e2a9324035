-- By hand: the extension is the whole database's. What others there made with it, or who else owns it, keeps it there,
-- with its schema, and must not keep this system from being taken back. One that is in another schema was there before.
-- schemactl: verdict = lossless
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_catalog.pg_extension
                WHERE extname = 'pg_trgm' AND extnamespace = 'coherence_trigrams'::pg_catalog.regnamespace) THEN
        DROP EXTENSION pg_trgm;
    END IF;
    DROP SCHEMA coherence_trigrams;
EXCEPTION
    WHEN dependent_objects_still_exist OR insufficient_privilege THEN
        RAISE NOTICE 'pg_trgm stays: %', sqlerrm;
END
$$;
