-- The history of EISV: energy, integrity, entropy (S), void. Columns rather than JSON, since they are compared and
-- plotted.
CREATE TABLE core.agent_state (
    state_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    agent_id text NOT NULL REFERENCES core.identities (agent_id) ON DELETE CASCADE,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    -- NaN is greater than every number to PostgreSQL, so that each upper bound refuses it.
    energy double precision NOT NULL CHECK (energy BETWEEN 0 AND 1),
    integrity double precision NOT NULL CHECK (integrity BETWEEN 0 AND 1),
    entropy double precision NOT NULL CHECK (entropy >= 0 AND entropy < 'Infinity'),
    void double precision NOT NULL CHECK (void > '-Infinity' AND void < 'Infinity'), -- an imbalance: it has a sign
    coherence double precision CHECK (coherence BETWEEN 0 AND 1),
    regime text,
    details jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(details) = 'object')
);

-- The latest state of an agent, and its history backwards.
CREATE INDEX idx_agent_state_agent_recorded ON core.agent_state (agent_id, recorded_at DESC);
