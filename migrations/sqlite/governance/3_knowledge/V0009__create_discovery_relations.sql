-- RELATED_TO in the graph.
CREATE TABLE discovery_relations (
    from_id TEXT NOT NULL REFERENCES discoveries (discovery_id) ON DELETE CASCADE,
    to_id TEXT NOT NULL REFERENCES discoveries (discovery_id) ON DELETE CASCADE,
    relation TEXT NOT NULL DEFAULT 'related' CONSTRAINT discovery_relations_relation CHECK (relation <> ''),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CONSTRAINT discovery_relations_created_at CHECK (
            created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at, '+0 days')
            AND created_at >= '0001'
        ),
    PRIMARY KEY (from_id, to_id, relation),
    CONSTRAINT discovery_relations_two_ends CHECK (from_id <> to_id),
    CONSTRAINT discovery_relations_text CHECK (
        replace(
            replace(replace(json_array(relation), '\\', ''), '\u0000', CAST(x'ff' AS TEXT)), char(65533), ''
        ) NOT GLOB '*' || char(65533) || '*'
    )
) STRICT;

CREATE INDEX idx_discovery_relations_to ON discovery_relations (to_id);
