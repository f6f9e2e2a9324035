-- The packages that are looked at. Names are kept in lower case, so that (npm, React) and (npm, react) cannot be two.
-- lower() knows ASCII alone here. STRICT, so that a column holds its type alone, as PostgreSQL's do.
CREATE TABLE projects (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- as a sequence does, it gives no id twice
    ecosystem TEXT NOT NULL CHECK (length(ecosystem) <= 100),
    name TEXT NOT NULL CHECK (length(name) <= 255),
    description TEXT,
    homepage_url TEXT CHECK (length(homepage_url) <= 500),
    repository_url TEXT CHECK (length(repository_url) <= 500),
    dependency_count INTEGER DEFAULT 0, -- what the ecosystem says; not every dependency has a row
    -- Times have one form, RFC 3339 in UTC, so that their order as text is that in time.
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CHECK (created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at)),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CHECK (updated_at IS strftime('%Y-%m-%dT%H:%M:%fZ', updated_at)),
    UNIQUE (ecosystem, name),
    CONSTRAINT ecosystem_is_lower_case CHECK (ecosystem = lower(ecosystem)),
    CONSTRAINT name_is_lower_case CHECK (name = lower(name))
) STRICT;
