-- What agents tell each other: one value for each key, of whoever wrote last.
CREATE TABLE background_agents.shared_state (
    namespace text NOT NULL DEFAULT 'system' CONSTRAINT shared_state_namespace CHECK (namespace <> ''),
    key text NOT NULL CONSTRAINT shared_state_key CHECK (key <> ''),
    value jsonb NOT NULL,
    -- Counts up with each write: `UPDATE ... WHERE version = <the one that was read>` loses nobody's update.
    version bigint NOT NULL DEFAULT 1 CONSTRAINT shared_state_version CHECK (version > 0),
    updated_by uuid REFERENCES background_agents.agents (id) ON DELETE SET NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    PRIMARY KEY (namespace, key)
);

COMMENT ON TABLE background_agents.shared_state IS 'What agents tell each other: one value for each key';
COMMENT ON COLUMN background_agents.shared_state.namespace IS 'Whose keys these are';
COMMENT ON COLUMN background_agents.shared_state.key IS 'The name of the value';
COMMENT ON COLUMN background_agents.shared_state.value IS 'The value';
COMMENT ON COLUMN background_agents.shared_state.version IS 'Counts up with each write, for optimistic locking';
COMMENT ON COLUMN background_agents.shared_state.updated_by IS 'Who wrote it last';
COMMENT ON COLUMN background_agents.shared_state.updated_at IS 'When it was written last';
COMMENT ON COLUMN background_agents.shared_state.expires_at IS 'When it is void; null for never';
