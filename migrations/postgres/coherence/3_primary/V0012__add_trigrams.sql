-- schemactl: requires = extension pg_trgm
-- A server without the module (it is in postgresql-contrib) is skipped over: all but the search has its index there.
-- An extension is the whole database's: another system may have it already, and then this one uses that.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
