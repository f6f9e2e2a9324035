-- By hand: the extension is the whole database's. What others there made with it, or who else owns it, keeps it there,
-- and must not keep this system from being taken back.
-- schemactl: verdict = lossless
DO $$
BEGIN
    DROP EXTENSION IF EXISTS pg_trgm;
EXCEPTION
    WHEN dependent_objects_still_exist OR insufficient_privilege THEN
        RAISE NOTICE 'pg_trgm stays: %', sqlerrm;
END
$$;
