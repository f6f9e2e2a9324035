CREATE TABLE agents (
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
