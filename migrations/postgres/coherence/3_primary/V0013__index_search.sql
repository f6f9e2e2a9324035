-- schemactl: requires = extension pg_trgm
-- They serve LIKE and ILIKE with a pattern of three letters or more anywhere, and the operators of pg_trgm.

-- The extension is in the schema coherence_trigrams, or where it was before.
SELECT pg_catalog.set_config('search_path', extnamespace::pg_catalog.regnamespace::text, false)
  FROM pg_catalog.pg_extension WHERE extname = 'pg_trgm';

CREATE INDEX CONCURRENTLY idx_projects_name_trgm ON coherence.projects USING gin (name gin_trgm_ops);
CREATE INDEX CONCURRENTLY idx_projects_description_trgm ON coherence.projects USING gin (description gin_trgm_ops);
