CREATE TABLE agent_memory.pull_requests (
    pull_request_id text PRIMARY KEY,
    -- The request is on the forge, whatever becomes of the agent.
    author_agent text REFERENCES agent_memory.agents (agent_id) ON DELETE SET NULL,
    repository text NOT NULL,
    number integer NOT NULL CHECK (number > 0),
    title text NOT NULL,
    source_branch text NOT NULL,
    target_branch text NOT NULL DEFAULT 'main',
    status text NOT NULL DEFAULT 'open' CHECK (status IN ('draft', 'open', 'merged', 'closed')),
    created_at timestamptz NOT NULL DEFAULT now(),
    merged_at timestamptz,
    CONSTRAINT pull_requests_number UNIQUE (repository, number),
    CONSTRAINT pull_requests_merged CHECK ((status = 'merged') = (merged_at IS NOT NULL)),
    CONSTRAINT pull_requests_two_branches CHECK (source_branch <> target_branch)
);
