CREATE TABLE visits (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    page text NOT NULL,
    visited_at timestamptz NOT NULL DEFAULT now()
);
