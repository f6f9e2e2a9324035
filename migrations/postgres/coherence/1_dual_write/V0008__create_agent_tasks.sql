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
    progress_pct integer CONSTRAINT agent_tasks_progress_pct CHECK (progress_pct >= 0 AND progress_pct <= 100),
    current_step text,
    decision_prompt text,
    decision text,
    tier varchar(50),
    started_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz, -- NULL until the first change
    CONSTRAINT direction_not_empty CHECK (length(trim(direction)) > 0)
);

COMMENT ON TABLE coherence.agent_tasks IS 'What the orchestrator has agents do';
COMMENT ON COLUMN coherence.agent_tasks.id IS 'The orchestrator''s own id';
COMMENT ON COLUMN coherence.agent_tasks.direction IS 'What is to be done';
COMMENT ON COLUMN coherence.agent_tasks.task_type IS 'Which step of development it is';
COMMENT ON COLUMN coherence.agent_tasks.status IS 'How far it is';
COMMENT ON COLUMN coherence.agent_tasks.model IS 'Which model does it';
COMMENT ON COLUMN coherence.agent_tasks.command IS 'What is run for it';
COMMENT ON COLUMN coherence.agent_tasks.output IS 'What that printed';
COMMENT ON COLUMN coherence.agent_tasks.context IS 'What the agent is told';
COMMENT ON COLUMN coherence.agent_tasks.progress_pct IS 'How far it is, in percent';
COMMENT ON COLUMN coherence.agent_tasks.current_step IS 'What it is doing';
COMMENT ON COLUMN coherence.agent_tasks.decision_prompt IS 'What a person is asked';
COMMENT ON COLUMN coherence.agent_tasks.decision IS 'What that person said';
COMMENT ON COLUMN coherence.agent_tasks.tier IS 'Which class of model it needs';
COMMENT ON COLUMN coherence.agent_tasks.started_at IS 'When work on it began';
COMMENT ON COLUMN coherence.agent_tasks.created_at IS 'When the row was made';
COMMENT ON COLUMN coherence.agent_tasks.updated_at IS 'When it was last changed; null until the first change';
