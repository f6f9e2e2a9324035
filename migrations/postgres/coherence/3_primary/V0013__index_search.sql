-- schemactl: requires = extension pg_trgm
-- They serve LIKE and ILIKE with a pattern of three letters or more anywhere, and the operators of pg_trgm.
CREATE INDEX CONCURRENTLY idx_projects_name_trgm ON coherence.projects USING gin (name gin_trgm_ops);
CREATE INDEX CONCURRENTLY idx_projects_description_trgm ON coherence.projects USING gin (description gin_trgm_ops);
