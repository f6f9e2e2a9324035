-- The history of EISV: energy, integrity, entropy (S), void. Columns rather than JSON, since they are compared and
-- plotted.
CREATE TABLE core.agent_state (
    state_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    agent_id text NOT NULL REFERENCES core.identities (agent_id) ON DELETE CASCADE,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    -- NaN is greater than every number to PostgreSQL, so that each upper bound refuses it.
    energy double precision NOT NULL CONSTRAINT agent_state_energy CHECK (energy BETWEEN 0 AND 1),
    integrity double precision NOT NULL CONSTRAINT agent_state_integrity CHECK (integrity BETWEEN 0 AND 1),
    entropy double precision NOT NULL CONSTRAINT agent_state_entropy CHECK (entropy >= 0 AND entropy < 'Infinity'),
    -- An imbalance: it has a sign.
    void double precision NOT NULL CONSTRAINT agent_state_void CHECK (void > '-Infinity' AND void < 'Infinity'),
    coherence double precision CONSTRAINT agent_state_coherence CHECK (coherence BETWEEN 0 AND 1),
    regime text,
    details jsonb NOT NULL DEFAULT '{}' CONSTRAINT agent_state_details CHECK (jsonb_typeof(details) = 'object')
);

-- The latest state of an agent, and its history backwards.
CREATE INDEX idx_agent_state_agent_recorded ON core.agent_state (agent_id, recorded_at DESC);

COMMENT ON TABLE core.agent_state IS 'The history of EISV: energy, integrity, entropy, void';
COMMENT ON COLUMN core.agent_state.state_id IS 'The row''s key';
COMMENT ON COLUMN core.agent_state.agent_id IS 'The agent that was measured';
COMMENT ON COLUMN core.agent_state.recorded_at IS 'When it was measured';
COMMENT ON COLUMN core.agent_state.energy IS 'From 0 to 1';
COMMENT ON COLUMN core.agent_state.integrity IS 'From 0 to 1';
COMMENT ON COLUMN core.agent_state.entropy IS 'Not negative';
COMMENT ON COLUMN core.agent_state.void IS 'An imbalance: it has a sign';
COMMENT ON COLUMN core.agent_state.coherence IS 'From 0 to 1';
COMMENT ON COLUMN core.agent_state.regime IS 'What the state is called';
COMMENT ON COLUMN core.agent_state.details IS 'What else is known, a JSON object';
