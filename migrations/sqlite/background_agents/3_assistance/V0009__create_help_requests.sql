-- A question with its answer, in one row: there is one answer at most, and whoever asks again opens a new request.
CREATE TABLE help_requests (
    id TEXT PRIMARY KEY NOT NULL CONSTRAINT help_requests_id CHECK (
        id GLOB '????????-????-????-????-????????????' AND id NOT GLOB '*[^0-9a-f-]*'
        AND length(replace(id, '-', '')) = 32 AND length(CAST(id AS BLOB)) = 36
    ),
    requested_by TEXT NOT NULL,
    -- The conversation in which it was asked, see llm_conversations.
    session_id TEXT CONSTRAINT help_requests_session_id CHECK (
        session_id GLOB '????????-????-????-????-????????????' AND session_id NOT GLOB '*[^0-9a-f-]*'
        AND length(replace(session_id, '-', '')) = 32 AND length(CAST(session_id AS BLOB)) = 36
    ),
    agent_id TEXT REFERENCES agents (id) ON DELETE SET NULL, -- who has taken it up
    -- 1 urgent, 2 high, 3 normal, 4 low: a number, so that the queue's index has its order.
    priority INTEGER NOT NULL DEFAULT 3 CONSTRAINT help_requests_priority CHECK (priority BETWEEN 1 AND 4),
    status TEXT NOT NULL DEFAULT 'open'
        CONSTRAINT help_requests_status CHECK (status IN ('open', 'in_progress', 'answered', 'failed', 'cancelled')),
    question TEXT NOT NULL CONSTRAINT help_requests_question CHECK (question <> ''),
    context TEXT NOT NULL DEFAULT '{}'
        CONSTRAINT help_requests_context CHECK (
            json_type(context) = 'object'
            AND instr(replace(context, '\\', ''), '\u0000') = 0
        ),
    answer TEXT,
    -- What retrieval found for the answer.
    sources TEXT NOT NULL DEFAULT '[]'
        CONSTRAINT help_requests_sources CHECK (
            json_type(sources) = 'array'
            AND instr(replace(sources, '\\', ''), '\u0000') = 0
        ),
    rating INTEGER CONSTRAINT help_requests_rating CHECK (rating BETWEEN 1 AND 5),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CONSTRAINT help_requests_created_at CHECK (
            created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at, '+0 days')
            AND created_at >= '0001'
        ),
    answered_at TEXT
        CONSTRAINT help_requests_answered_at CHECK (
            answered_at IS strftime('%Y-%m-%dT%H:%M:%fZ', answered_at, '+0 days')
            AND answered_at >= '0001'
        ),
    CONSTRAINT help_requests_answered CHECK (
        (status = 'answered') = (answer IS NOT NULL) AND (answer IS NULL) = (answered_at IS NULL)
    ),
    CONSTRAINT help_requests_rated CHECK (rating IS NULL OR status = 'answered'),
    CONSTRAINT help_requests_times CHECK (answered_at >= created_at),
    CONSTRAINT help_requests_text CHECK (
        replace(
            replace(
                replace(json_array(requested_by, question, context, answer, sources), '\\', ''),
                '\u0000', CAST(x'ff' AS TEXT)
            ),
            char(65533), ''
        ) NOT GLOB '*' || char(65533) || '*'
    )
) STRICT;
