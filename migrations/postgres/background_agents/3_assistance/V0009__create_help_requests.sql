-- A question with its answer, in one row: there is one answer at most, and whoever asks again opens a new request.
CREATE TABLE background_agents.help_requests (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    requested_by text NOT NULL,
    session_id uuid, -- the conversation in which it was asked, see llm_conversations
    agent_id uuid REFERENCES background_agents.agents (id) ON DELETE SET NULL, -- who has taken it up
    -- 1 urgent, 2 high, 3 normal, 4 low: a number, so that the queue's index has its order.
    priority smallint NOT NULL DEFAULT 3 CONSTRAINT help_requests_priority CHECK (priority BETWEEN 1 AND 4),
    status text NOT NULL DEFAULT 'open'
        CONSTRAINT help_requests_status CHECK (status IN ('open', 'in_progress', 'answered', 'failed', 'cancelled')),
    question text NOT NULL CONSTRAINT help_requests_question CHECK (question <> ''),
    context jsonb NOT NULL DEFAULT '{}' CONSTRAINT help_requests_context CHECK (jsonb_typeof(context) = 'object'),
    answer text,
    -- What retrieval found for the answer.
    sources jsonb NOT NULL DEFAULT '[]' CONSTRAINT help_requests_sources CHECK (jsonb_typeof(sources) = 'array'),
    rating smallint CONSTRAINT help_requests_rating CHECK (rating BETWEEN 1 AND 5),
    created_at timestamptz NOT NULL DEFAULT now(),
    answered_at timestamptz,
    CONSTRAINT help_requests_answered CHECK (
        (status = 'answered') = (answer IS NOT NULL) AND (answer IS NULL) = (answered_at IS NULL)
    ),
    CONSTRAINT help_requests_rated CHECK (rating IS NULL OR status = 'answered'),
    CONSTRAINT help_requests_times CHECK (answered_at >= created_at)
);

COMMENT ON TABLE background_agents.help_requests IS 'Questions of people, with their answers';
COMMENT ON COLUMN background_agents.help_requests.id IS 'The request''s key';
COMMENT ON COLUMN background_agents.help_requests.requested_by IS 'Who asks';
COMMENT ON COLUMN background_agents.help_requests.session_id IS 'The conversation in which it was asked';
COMMENT ON COLUMN background_agents.help_requests.agent_id IS 'Who has taken it up';
COMMENT ON COLUMN background_agents.help_requests.priority IS '1 urgent, 2 high, 3 normal, 4 low';
COMMENT ON COLUMN background_agents.help_requests.status IS 'How far it is';
COMMENT ON COLUMN background_agents.help_requests.question IS 'What is asked';
COMMENT ON COLUMN background_agents.help_requests.context IS 'What the question is about';
COMMENT ON COLUMN background_agents.help_requests.answer IS 'The answer';
COMMENT ON COLUMN background_agents.help_requests.sources IS 'What retrieval found for the answer, a JSON array';
COMMENT ON COLUMN background_agents.help_requests.rating IS 'How good the answer was, from 1 to 5';
COMMENT ON COLUMN background_agents.help_requests.created_at IS 'When it was asked';
COMMENT ON COLUMN background_agents.help_requests.answered_at IS 'When it was answered';
