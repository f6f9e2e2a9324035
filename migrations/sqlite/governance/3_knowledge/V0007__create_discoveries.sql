-- What agents found out, and the relational form of the graph that PostgreSQL can have beside.
CREATE TABLE discoveries (
    discovery_id TEXT PRIMARY KEY NOT NULL CHECK (discovery_id <> ''),
    -- A finding outlives who found it.
    agent_id TEXT REFERENCES agent_metadata (agent_id) ON DELETE SET NULL,
    type TEXT NOT NULL CHECK (type <> ''),
    summary TEXT NOT NULL,
    details TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(details) AND json_type(details) = 'object'),
    status TEXT NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'resolved', 'archived')),
    severity TEXT CHECK (severity IN ('low', 'medium', 'high', 'critical')),
    -- RESPONSE_TO in the graph: the question that this answers.
    response_to TEXT REFERENCES discoveries (discovery_id) ON DELETE SET NULL CHECK (response_to <> discovery_id),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CHECK (created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at)),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CHECK (updated_at IS strftime('%Y-%m-%dT%H:%M:%fZ', updated_at))
) STRICT;

CREATE INDEX idx_discoveries_agent ON discoveries (agent_id, created_at DESC);
CREATE INDEX idx_discoveries_type_status ON discoveries (type, status);
CREATE INDEX idx_discoveries_response_to ON discoveries (response_to) WHERE response_to IS NOT NULL;
