CREATE TABLE public.agent_capabilities (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    agent_id uuid NOT NULL REFERENCES public.agents (id) ON DELETE CASCADE,
    capability_name varchar(100) NOT NULL,
    confidence_score numeric(3, 2) DEFAULT 0.5 CHECK (confidence_score >= 0 AND confidence_score <= 1),
    last_used timestamptz,
    usage_count integer DEFAULT 0,
    created_at timestamptz DEFAULT now(),
    UNIQUE (agent_id, capability_name)
);
