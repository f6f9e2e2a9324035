-- RELATED_TO in the graph.
CREATE TABLE discovery_relations (
    from_id TEXT NOT NULL REFERENCES discoveries (discovery_id) ON DELETE CASCADE,
    to_id TEXT NOT NULL REFERENCES discoveries (discovery_id) ON DELETE CASCADE,
    relation TEXT NOT NULL DEFAULT 'related' CHECK (relation <> ''),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CHECK (created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at)),
    PRIMARY KEY (from_id, to_id, relation),
    CHECK (from_id <> to_id)
) STRICT;

CREATE INDEX idx_discovery_relations_to ON discovery_relations (to_id);
