-- HAS_TAG in the graph, which leads from discoveries and from agents. Two tables, since a foreign key names one.
CREATE TABLE discovery_tags (
    discovery_id TEXT NOT NULL REFERENCES discoveries (discovery_id) ON DELETE CASCADE,
    -- In one case only, or the same tag would be several.
    tag TEXT NOT NULL CHECK (tag <> '' AND tag = lower(tag)),
    PRIMARY KEY (discovery_id, tag)
) STRICT;

CREATE TABLE agent_tags (
    agent_id TEXT NOT NULL REFERENCES agent_metadata (agent_id) ON DELETE CASCADE,
    tag TEXT NOT NULL CHECK (tag <> '' AND tag = lower(tag)),
    PRIMARY KEY (agent_id, tag)
) STRICT;

CREATE INDEX idx_discovery_tags_tag ON discovery_tags (tag);
CREATE INDEX idx_agent_tags_tag ON agent_tags (tag);
