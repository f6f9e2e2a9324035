-- The history of EISV: energy, integrity, entropy (S), void. Columns rather than JSON, since they are compared and
-- plotted.
CREATE TABLE agent_state (
    -- A UUID in the form that PostgreSQL prints; the application makes it.
    state_id TEXT PRIMARY KEY NOT NULL CHECK (
        state_id GLOB '????????-????-????-????-????????????' AND length(replace(state_id, '-', '')) = 32
        AND state_id NOT GLOB '*[^0-9a-f-]*'
    ),
    agent_id TEXT NOT NULL REFERENCES agent_metadata (agent_id) ON DELETE CASCADE,
    recorded_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CHECK (recorded_at IS strftime('%Y-%m-%dT%H:%M:%fZ', recorded_at)),
    -- NaN is NULL to SQLite, which NOT NULL refuses; 9e999 is infinity.
    energy REAL NOT NULL CHECK (energy BETWEEN 0 AND 1),
    integrity REAL NOT NULL CHECK (integrity BETWEEN 0 AND 1),
    entropy REAL NOT NULL CHECK (entropy >= 0 AND entropy < 9e999),
    void REAL NOT NULL CHECK (void > -9e999 AND void < 9e999), -- an imbalance: it has a sign
    coherence REAL CHECK (coherence BETWEEN 0 AND 1),
    regime TEXT,
    details TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(details) AND json_type(details) = 'object')
) STRICT;

-- The latest state of an agent, and its history backwards.
CREATE INDEX idx_agent_state_agent_recorded ON agent_state (agent_id, recorded_at DESC);
