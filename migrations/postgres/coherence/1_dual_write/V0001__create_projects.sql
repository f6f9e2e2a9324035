-- The packages that are looked at. Names are kept in lower case, so that (npm, React) and (npm, react) cannot be two.
CREATE TABLE coherence.projects (
    id serial PRIMARY KEY,
    ecosystem varchar(100) NOT NULL,
    name varchar(255) NOT NULL,
    description text,
    homepage_url varchar(500),
    repository_url varchar(500),
    dependency_count integer DEFAULT 0, -- what the ecosystem says; not every dependency has a row
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (ecosystem, name),
    CONSTRAINT ecosystem_is_lower_case CHECK (ecosystem = lower(ecosystem)),
    CONSTRAINT name_is_lower_case CHECK (name = lower(name))
);
