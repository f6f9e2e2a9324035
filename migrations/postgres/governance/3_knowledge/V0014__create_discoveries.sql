-- What agents found out. These tables hold all that the graph holds: the graph is optional.
CREATE TABLE core.discoveries (
    discovery_id text PRIMARY KEY CONSTRAINT discoveries_discovery_id CHECK (discovery_id <> ''),
    -- A finding outlives who found it.
    agent_id text REFERENCES core.identities (agent_id) ON DELETE SET NULL,
    type text NOT NULL CONSTRAINT discoveries_type CHECK (type <> ''),
    summary text NOT NULL,
    details jsonb NOT NULL DEFAULT '{}' CONSTRAINT discoveries_details CHECK (jsonb_typeof(details) = 'object'),
    status text NOT NULL DEFAULT 'open'
        CONSTRAINT discoveries_status CHECK (status IN ('open', 'resolved', 'archived')),
    severity text CONSTRAINT discoveries_severity CHECK (severity IN ('low', 'medium', 'high', 'critical')),
    -- RESPONSE_TO in the graph: the question that this answers.
    response_to text REFERENCES core.discoveries (discovery_id) ON DELETE SET NULL
        CONSTRAINT discoveries_response_to CHECK (response_to <> discovery_id),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX idx_discoveries_agent ON core.discoveries (agent_id, created_at DESC);
CREATE INDEX idx_discoveries_type_status ON core.discoveries (type, status);
CREATE INDEX idx_discoveries_response_to ON core.discoveries (response_to) WHERE response_to IS NOT NULL;

COMMENT ON TABLE core.discoveries IS 'What agents found out';
COMMENT ON COLUMN core.discoveries.discovery_id IS 'The finding''s key';
COMMENT ON COLUMN core.discoveries.agent_id IS 'Who found it; null where that one is gone';
COMMENT ON COLUMN core.discoveries.type IS 'What kind of finding it is';
COMMENT ON COLUMN core.discoveries.summary IS 'What was found, in a line';
COMMENT ON COLUMN core.discoveries.details IS 'What was found, a JSON object';
COMMENT ON COLUMN core.discoveries.status IS 'Whether it is dealt with';
COMMENT ON COLUMN core.discoveries.severity IS 'How grave it is';
COMMENT ON COLUMN core.discoveries.response_to IS 'The question that this answers';
COMMENT ON COLUMN core.discoveries.created_at IS 'When it was found';
COMMENT ON COLUMN core.discoveries.updated_at IS 'When the application last changed the row';
