-- The edges of the graph: from depends on to.
CREATE TABLE project_dependencies (
    id INTEGER PRIMARY KEY AUTOINCREMENT
        CONSTRAINT project_dependencies_id CHECK (id BETWEEN -2147483648 AND 2147483647),
    from_project_id INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    to_project_id INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CONSTRAINT project_dependencies_created_at CHECK (
            created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at, '+0 days')
            AND created_at >= '0001'
        ),
    UNIQUE (from_project_id, to_project_id),
    CONSTRAINT no_project_needs_itself CHECK (from_project_id <> to_project_id)
) STRICT;

-- Here and not with the indexes for reading: the cascades look the edges up by both ends from the first write on.
CREATE INDEX idx_dependencies_from ON project_dependencies (from_project_id);
CREATE INDEX idx_dependencies_to ON project_dependencies (to_project_id);
