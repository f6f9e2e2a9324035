-- The history of EISV: energy, integrity, entropy (S), void. Columns rather than JSON, since they are compared and
-- plotted.
CREATE TABLE agent_state (
    -- A UUID in the form that PostgreSQL prints; the application makes it.
    state_id TEXT PRIMARY KEY NOT NULL CONSTRAINT agent_state_state_id CHECK (
        state_id GLOB '????????-????-????-????-????????????' AND state_id NOT GLOB '*[^0-9a-f-]*'
        AND length(replace(state_id, '-', '')) = 32 AND length(CAST(state_id AS BLOB)) = 36
    ),
    agent_id TEXT NOT NULL REFERENCES agent_metadata (agent_id) ON DELETE CASCADE,
    recorded_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CONSTRAINT agent_state_recorded_at CHECK (
            recorded_at IS strftime('%Y-%m-%dT%H:%M:%fZ', recorded_at, '+0 days')
            AND recorded_at >= '0001'
        ),
    -- NaN is NULL to SQLite, which NOT NULL refuses; 9e999 is infinity.
    energy REAL NOT NULL CONSTRAINT agent_state_energy CHECK (energy BETWEEN 0 AND 1),
    integrity REAL NOT NULL CONSTRAINT agent_state_integrity CHECK (integrity BETWEEN 0 AND 1),
    entropy REAL NOT NULL CONSTRAINT agent_state_entropy CHECK (entropy >= 0 AND entropy < 9e999),
    -- An imbalance: it has a sign.
    void REAL NOT NULL CONSTRAINT agent_state_void CHECK (void > -9e999 AND void < 9e999),
    coherence REAL CONSTRAINT agent_state_coherence CHECK (coherence BETWEEN 0 AND 1),
    regime TEXT,
    details TEXT NOT NULL DEFAULT '{}'
        CONSTRAINT agent_state_details CHECK (
            json_valid(details)
            AND json_type(details) = 'object'
            AND instr(replace(details, '\\', ''), '\u0000') = 0
        ),
    CONSTRAINT agent_state_text CHECK (
        replace(
            replace(replace(json_array(regime, details), '\\', ''), '\u0000', CAST(x'ff' AS TEXT)), char(65533), ''
        ) NOT GLOB '*' || char(65533) || '*'
    )
) STRICT;

-- The latest state of an agent, and its history backwards.
CREATE INDEX idx_agent_state_agent_recorded ON agent_state (agent_id, recorded_at DESC);
