CREATE TABLE public.agent_performance (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    agent_id uuid NOT NULL REFERENCES public.agents (id) ON DELETE CASCADE,
    metric_name varchar(100) NOT NULL,
    metric_value numeric(10, 4) NOT NULL,
    metric_unit varchar(50),
    recorded_at timestamptz DEFAULT now(),
    context jsonb DEFAULT '{}'
);
