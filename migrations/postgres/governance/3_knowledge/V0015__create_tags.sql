-- HAS_TAG in the graph, which leads from discoveries and from agents. Two tables, since a foreign key names one.
CREATE TABLE core.discovery_tags (
    discovery_id text NOT NULL REFERENCES core.discoveries (discovery_id) ON DELETE CASCADE,
    -- In one case only, or the same tag would be several.
    tag text NOT NULL CONSTRAINT discovery_tags_tag CHECK (tag <> '' AND tag = lower(tag)),
    PRIMARY KEY (discovery_id, tag)
);

CREATE TABLE core.agent_tags (
    agent_id text NOT NULL REFERENCES core.identities (agent_id) ON DELETE CASCADE,
    tag text NOT NULL CONSTRAINT agent_tags_tag CHECK (tag <> '' AND tag = lower(tag)),
    PRIMARY KEY (agent_id, tag)
);

CREATE INDEX idx_discovery_tags_tag ON core.discovery_tags (tag);
CREATE INDEX idx_agent_tags_tag ON core.agent_tags (tag);

COMMENT ON TABLE core.discovery_tags IS 'Words to find discoveries by';
COMMENT ON COLUMN core.discovery_tags.discovery_id IS 'The finding';
COMMENT ON COLUMN core.discovery_tags.tag IS 'The word, in lower case';

COMMENT ON TABLE core.agent_tags IS 'Words to find agents by';
COMMENT ON COLUMN core.agent_tags.agent_id IS 'The agent';
COMMENT ON COLUMN core.agent_tags.tag IS 'The word, in lower case';
