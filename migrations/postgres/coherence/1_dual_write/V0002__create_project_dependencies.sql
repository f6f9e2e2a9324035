-- The edges of the graph: from depends on to.
CREATE TABLE coherence.project_dependencies (
    id serial PRIMARY KEY,
    from_project_id integer NOT NULL REFERENCES coherence.projects (id) ON DELETE CASCADE,
    to_project_id integer NOT NULL REFERENCES coherence.projects (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (from_project_id, to_project_id),
    CONSTRAINT no_project_needs_itself CHECK (from_project_id <> to_project_id)
);

-- Here and not with the indexes for reading: the cascades look the edges up by both ends from the first write on.
CREATE INDEX idx_dependencies_from ON coherence.project_dependencies (from_project_id);
CREATE INDEX idx_dependencies_to ON coherence.project_dependencies (to_project_id);
