CREATE TYPE coherence.task_type AS ENUM ('spec', 'test', 'impl', 'review', 'heal');
CREATE TYPE coherence.task_status AS ENUM ('pending', 'running', 'completed', 'failed', 'needs_decision');

CREATE TABLE coherence.agent_tasks (
    id varchar(50) PRIMARY KEY, -- the orchestrator's own
    direction text NOT NULL,
    task_type coherence.task_type NOT NULL,
    status coherence.task_status NOT NULL DEFAULT 'pending',
    model varchar(100) NOT NULL,
    command text NOT NULL,
    output text,
    context jsonb DEFAULT '{}',
    progress_pct integer CHECK (progress_pct >= 0 AND progress_pct <= 100),
    current_step text,
    decision_prompt text,
    decision text,
    tier varchar(50),
    started_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz, -- NULL until the first change
    CONSTRAINT direction_not_empty CHECK (length(trim(direction)) > 0)
);
