-- A question with its answer, in one row: there is one answer at most, and whoever asks again opens a new request.
CREATE TABLE background_agents.help_requests (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    requested_by text NOT NULL,
    session_id uuid, -- the conversation in which it was asked, see llm_conversations
    agent_id uuid REFERENCES background_agents.agents (id) ON DELETE SET NULL, -- who has taken it up
    -- 1 urgent, 2 high, 3 normal, 4 low: a number, so that the queue's index has its order.
    priority smallint NOT NULL DEFAULT 3 CHECK (priority BETWEEN 1 AND 4),
    status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'in_progress', 'answered', 'failed', 'cancelled')),
    question text NOT NULL CHECK (question <> ''),
    context jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(context) = 'object'),
    answer text,
    sources jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(sources) = 'array'), -- what retrieval found for the answer
    rating smallint CHECK (rating BETWEEN 1 AND 5),
    created_at timestamptz NOT NULL DEFAULT now(),
    answered_at timestamptz,
    CONSTRAINT help_requests_answered CHECK (
        (status = 'answered') = (answer IS NOT NULL) AND (answer IS NULL) = (answered_at IS NULL)
    ),
    CONSTRAINT help_requests_rated CHECK (rating IS NULL OR status = 'answered'),
    CONSTRAINT help_requests_times CHECK (answered_at >= created_at)
);
