-- RELATED_TO in the graph.
CREATE TABLE core.discovery_relations (
    from_id text NOT NULL REFERENCES core.discoveries (discovery_id) ON DELETE CASCADE,
    to_id text NOT NULL REFERENCES core.discoveries (discovery_id) ON DELETE CASCADE,
    relation text NOT NULL DEFAULT 'related' CONSTRAINT discovery_relations_relation CHECK (relation <> ''),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (from_id, to_id, relation),
    CONSTRAINT discovery_relations_two_ends CHECK (from_id <> to_id)
);

CREATE INDEX idx_discovery_relations_to ON core.discovery_relations (to_id);

COMMENT ON TABLE core.discovery_relations IS 'Which findings belong together';
COMMENT ON COLUMN core.discovery_relations.from_id IS 'The one';
COMMENT ON COLUMN core.discovery_relations.to_id IS 'The other';
COMMENT ON COLUMN core.discovery_relations.relation IS 'What the one is to the other';
COMMENT ON COLUMN core.discovery_relations.created_at IS 'When the row was made';
