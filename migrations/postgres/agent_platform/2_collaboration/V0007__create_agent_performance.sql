CREATE TABLE public.agent_performance (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    agent_id uuid NOT NULL REFERENCES public.agents (id) ON DELETE CASCADE,
    metric_name varchar(100) NOT NULL,
    metric_value numeric(10, 4) NOT NULL,
    metric_unit varchar(50),
    recorded_at timestamptz DEFAULT now(),
    context jsonb DEFAULT '{}'
);

COMMENT ON TABLE public.agent_performance IS 'Measurements of agents';
COMMENT ON COLUMN public.agent_performance.id IS 'The row''s key';
COMMENT ON COLUMN public.agent_performance.agent_id IS 'The agent that was measured';
COMMENT ON COLUMN public.agent_performance.metric_name IS 'What was measured';
COMMENT ON COLUMN public.agent_performance.metric_value IS 'How much it was';
COMMENT ON COLUMN public.agent_performance.metric_unit IS 'Of what';
COMMENT ON COLUMN public.agent_performance.recorded_at IS 'When it was measured';
COMMENT ON COLUMN public.agent_performance.context IS 'What else was so then';
