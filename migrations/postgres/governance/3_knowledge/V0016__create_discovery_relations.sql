-- RELATED_TO in the graph.
CREATE TABLE core.discovery_relations (
    from_id text NOT NULL REFERENCES core.discoveries (discovery_id) ON DELETE CASCADE,
    to_id text NOT NULL REFERENCES core.discoveries (discovery_id) ON DELETE CASCADE,
    relation text NOT NULL DEFAULT 'related' CHECK (relation <> ''),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (from_id, to_id, relation),
    CHECK (from_id <> to_id)
);

CREATE INDEX idx_discovery_relations_to ON core.discovery_relations (to_id);
