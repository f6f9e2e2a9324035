CREATE TABLE agent_memory.pull_requests (
    pull_request_id text PRIMARY KEY,
    -- The request is on the forge, whatever becomes of the agent.
    author_agent text REFERENCES agent_memory.agents (agent_id) ON DELETE SET NULL,
    repository text NOT NULL,
    number integer NOT NULL CONSTRAINT pull_requests_number_positive CHECK (number > 0),
    title text NOT NULL,
    source_branch text NOT NULL,
    target_branch text NOT NULL DEFAULT 'main',
    status text NOT NULL DEFAULT 'open'
        CONSTRAINT pull_requests_status CHECK (status IN ('draft', 'open', 'merged', 'closed')),
    created_at timestamptz NOT NULL DEFAULT now(),
    merged_at timestamptz,
    CONSTRAINT pull_requests_number UNIQUE (repository, number),
    CONSTRAINT pull_requests_merged CHECK ((status = 'merged') = (merged_at IS NOT NULL)),
    CONSTRAINT pull_requests_two_branches CHECK (source_branch <> target_branch)
);

COMMENT ON TABLE agent_memory.pull_requests IS 'Pull requests, as the forge has them';
COMMENT ON COLUMN agent_memory.pull_requests.pull_request_id IS 'The row''s key';
COMMENT ON COLUMN agent_memory.pull_requests.author_agent IS 'Who made it; null where that one is gone';
COMMENT ON COLUMN agent_memory.pull_requests.repository IS 'The repository that it is for';
COMMENT ON COLUMN agent_memory.pull_requests.number IS 'Its number there';
COMMENT ON COLUMN agent_memory.pull_requests.title IS 'What it is, in a line';
COMMENT ON COLUMN agent_memory.pull_requests.source_branch IS 'The branch with the changes';
COMMENT ON COLUMN agent_memory.pull_requests.target_branch IS 'The branch that they are for';
COMMENT ON COLUMN agent_memory.pull_requests.status IS 'How far it is';
COMMENT ON COLUMN agent_memory.pull_requests.created_at IS 'When it was opened';
COMMENT ON COLUMN agent_memory.pull_requests.merged_at IS 'When it was merged';
