-- A question with its answer, in one row: there is one answer at most, and whoever asks again opens a new request.
CREATE TABLE help_requests (
    id TEXT PRIMARY KEY NOT NULL CHECK (length(id) = 36 AND id = lower(id)),
    requested_by TEXT NOT NULL,
    -- The conversation in which it was asked, see llm_conversations.
    session_id TEXT CHECK (length(session_id) = 36 AND session_id = lower(session_id)),
    agent_id TEXT REFERENCES agents (id) ON DELETE SET NULL, -- who has taken it up
    -- 1 urgent, 2 high, 3 normal, 4 low: a number, so that the queue's index has its order.
    priority INTEGER NOT NULL DEFAULT 3 CHECK (priority BETWEEN 1 AND 4),
    status TEXT NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'in_progress', 'answered', 'failed', 'cancelled')),
    question TEXT NOT NULL CHECK (question <> ''),
    context TEXT NOT NULL DEFAULT '{}' CHECK (json_type(context) = 'object'),
    answer TEXT,
    sources TEXT NOT NULL DEFAULT '[]' CHECK (json_type(sources) = 'array'), -- what retrieval found for the answer
    rating INTEGER CHECK (rating BETWEEN 1 AND 5),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CHECK (created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at)),
    answered_at TEXT CHECK (answered_at IS strftime('%Y-%m-%dT%H:%M:%fZ', answered_at)),
    CONSTRAINT help_requests_answered CHECK (
        (status = 'answered') = (answer IS NOT NULL) AND (answer IS NULL) = (answered_at IS NULL)
    ),
    CONSTRAINT help_requests_rated CHECK (rating IS NULL OR status = 'answered'),
    CONSTRAINT help_requests_times CHECK (answered_at >= created_at)
) STRICT;
