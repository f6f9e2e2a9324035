-- What was answered to a question like this one? (retrieval) A query uses it only with the very same expression, the
-- configuration 'english' included, and with status = 'answered'.
CREATE INDEX idx_help_search ON background_agents.help_requests
    USING gin (to_tsvector('english', question || ' ' || coalesce(answer, '')))
    WHERE status = 'answered';
