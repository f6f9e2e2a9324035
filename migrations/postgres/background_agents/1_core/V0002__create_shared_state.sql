-- What agents tell each other: one value for each key, of whoever wrote last.
CREATE TABLE background_agents.shared_state (
    namespace text NOT NULL DEFAULT 'system' CHECK (namespace <> ''),
    key text NOT NULL CHECK (key <> ''),
    value jsonb NOT NULL,
    -- Counts up with each write: `UPDATE ... WHERE version = <the one that was read>` loses nobody's update.
    version bigint NOT NULL DEFAULT 1 CHECK (version > 0),
    updated_by uuid REFERENCES background_agents.agents (id) ON DELETE SET NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    PRIMARY KEY (namespace, key)
);
