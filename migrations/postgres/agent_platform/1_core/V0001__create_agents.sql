-- In public, where the application of the plan looks for its tables; named, so that no search path leads elsewhere.
CREATE TABLE public.agents (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name varchar(255) NOT NULL,
    agent_type varchar(50) NOT NULL CHECK (agent_type IN ('chief_of_staff', 'master_operator')),
    status varchar(50) DEFAULT 'idle' CHECK (status IN ('idle', 'active', 'busy', 'error', 'offline')),
    capabilities jsonb DEFAULT '[]',
    system_prompt text,
    model_provider varchar(100) DEFAULT 'openrouter',
    model_name varchar(100) DEFAULT 'auto',
    performance_metrics jsonb DEFAULT '{}',
    last_heartbeat timestamptz,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now()
);
