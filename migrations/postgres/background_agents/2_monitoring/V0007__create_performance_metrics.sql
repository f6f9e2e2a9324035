-- Without an agent it is a metric of the host.
CREATE TABLE background_agents.performance_metrics (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    agent_id uuid REFERENCES background_agents.agents (id) ON DELETE CASCADE,
    metric_name text NOT NULL CHECK (metric_name <> ''),
    -- One NaN makes every average NaN. It is above infinity in PostgreSQL's order, so that this leaves out all three.
    value double precision NOT NULL CHECK (value > '-Infinity' AND value < 'Infinity'),
    unit text,
    labels jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(labels) = 'object'),
    timestamp timestamptz NOT NULL DEFAULT now()
);
