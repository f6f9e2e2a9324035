CREATE TABLE public.agent_capabilities (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    agent_id uuid NOT NULL REFERENCES public.agents (id) ON DELETE CASCADE,
    capability_name varchar(100) NOT NULL,
    confidence_score numeric(3, 2) DEFAULT 0.5
        CONSTRAINT agent_capabilities_confidence_score CHECK (confidence_score >= 0 AND confidence_score <= 1),
    last_used timestamptz,
    usage_count integer DEFAULT 0,
    created_at timestamptz DEFAULT now(),
    UNIQUE (agent_id, capability_name)
);

COMMENT ON TABLE public.agent_capabilities IS 'What an agent is able to do, and how well';
COMMENT ON COLUMN public.agent_capabilities.id IS 'The row''s key';
COMMENT ON COLUMN public.agent_capabilities.agent_id IS 'The agent';
COMMENT ON COLUMN public.agent_capabilities.capability_name IS 'What it is able to do';
COMMENT ON COLUMN public.agent_capabilities.confidence_score IS 'How sure it is of that, from 0 to 1';
COMMENT ON COLUMN public.agent_capabilities.last_used IS 'When it last did it';
COMMENT ON COLUMN public.agent_capabilities.usage_count IS 'How often it did it';
COMMENT ON COLUMN public.agent_capabilities.created_at IS 'When the row was made';
