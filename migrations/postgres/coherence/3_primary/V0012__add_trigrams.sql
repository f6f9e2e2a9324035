-- schemactl: requires = extension pg_trgm
-- A server without the module (it is in postgresql-contrib) is skipped over: all but the search has its index there.
-- In a schema of its own, so that its functions and operators are in nobody's way. An extension is the whole database's:
-- another system may have it already, in another schema, and then this one uses that.
CREATE SCHEMA IF NOT EXISTS coherence_trigrams;
COMMENT ON SCHEMA coherence_trigrams IS 'The extension pg_trgm, where no other schema had it before';
CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA coherence_trigrams;
