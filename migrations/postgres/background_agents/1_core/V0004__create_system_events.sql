-- What happened. An event stays when its agent goes: it is then read all the more.
CREATE TABLE background_agents.system_events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    agent_id uuid REFERENCES background_agents.agents (id) ON DELETE SET NULL,
    event_type text NOT NULL CHECK (event_type <> ''),
    severity text NOT NULL DEFAULT 'info'
        CHECK (severity IN ('debug', 'info', 'warning', 'error', 'critical')),
    message text NOT NULL,
    details jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(details) = 'object'),
    timestamp timestamptz NOT NULL DEFAULT now()
);
