REVOKE SELECT ON customers FROM case_reader;
REVOKE INSERT (note) ON orders FROM "Case Writer";
REVOKE EXECUTE ON FUNCTION touch() FROM PUBLIC;
