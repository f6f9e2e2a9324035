-- What agents found out. These tables hold all that the graph holds: the graph is optional.
CREATE TABLE core.discoveries (
    discovery_id text PRIMARY KEY CHECK (discovery_id <> ''),
    -- A finding outlives who found it.
    agent_id text REFERENCES core.identities (agent_id) ON DELETE SET NULL,
    type text NOT NULL CHECK (type <> ''),
    summary text NOT NULL,
    details jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(details) = 'object'),
    status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'resolved', 'archived')),
    severity text CHECK (severity IN ('low', 'medium', 'high', 'critical')),
    -- RESPONSE_TO in the graph: the question that this answers.
    response_to text REFERENCES core.discoveries (discovery_id) ON DELETE SET NULL
        CHECK (response_to <> discovery_id),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX idx_discoveries_agent ON core.discoveries (agent_id, created_at DESC);
CREATE INDEX idx_discoveries_type_status ON core.discoveries (type, status);
CREATE INDEX idx_discoveries_response_to ON core.discoveries (response_to) WHERE response_to IS NOT NULL;
