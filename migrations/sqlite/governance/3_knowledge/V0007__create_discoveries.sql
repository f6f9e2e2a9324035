-- What agents found out, and the relational form of the graph that PostgreSQL can have beside.
CREATE TABLE discoveries (
    discovery_id TEXT PRIMARY KEY NOT NULL CONSTRAINT discoveries_discovery_id CHECK (discovery_id <> ''),
    -- A finding outlives who found it.
    agent_id TEXT REFERENCES agent_metadata (agent_id) ON DELETE SET NULL,
    type TEXT NOT NULL CONSTRAINT discoveries_type CHECK (type <> ''),
    summary TEXT NOT NULL,
    details TEXT NOT NULL DEFAULT '{}'
        CONSTRAINT discoveries_details CHECK (
            json_valid(details)
            AND json_type(details) = 'object'
            AND instr(replace(details, '\\', ''), '\u0000') = 0
        ),
    status TEXT NOT NULL DEFAULT 'open'
        CONSTRAINT discoveries_status CHECK (status IN ('open', 'resolved', 'archived')),
    severity TEXT CONSTRAINT discoveries_severity CHECK (severity IN ('low', 'medium', 'high', 'critical')),
    -- RESPONSE_TO in the graph: the question that this answers.
    response_to TEXT REFERENCES discoveries (discovery_id) ON DELETE SET NULL
        CONSTRAINT discoveries_response_to CHECK (response_to <> discovery_id),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CONSTRAINT discoveries_created_at CHECK (
            created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at, '+0 days')
            AND created_at >= '0001'
        ),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CONSTRAINT discoveries_updated_at CHECK (
            updated_at IS strftime('%Y-%m-%dT%H:%M:%fZ', updated_at, '+0 days')
            AND updated_at >= '0001'
        ),
    CONSTRAINT discoveries_text CHECK (
        replace(
            replace(
                replace(json_array(discovery_id, type, summary, details), '\\', ''),
                '\u0000', CAST(x'ff' AS TEXT)
            ),
            char(65533), ''
        ) NOT GLOB '*' || char(65533) || '*'
    )
) STRICT;

CREATE INDEX idx_discoveries_agent ON discoveries (agent_id, created_at DESC);
CREATE INDEX idx_discoveries_type_status ON discoveries (type, status);
CREATE INDEX idx_discoveries_response_to ON discoveries (response_to) WHERE response_to IS NOT NULL;
