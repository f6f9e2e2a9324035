CREATE TABLE pull_requests (
    pull_request_id TEXT PRIMARY KEY NOT NULL,
    -- The request is on the forge, whatever becomes of the agent.
    author_agent TEXT REFERENCES agents (agent_id) ON DELETE SET NULL,
    repository TEXT NOT NULL,
    number INTEGER NOT NULL CHECK (number > 0),
    title TEXT NOT NULL,
    source_branch TEXT NOT NULL,
    target_branch TEXT NOT NULL DEFAULT 'main',
    status TEXT NOT NULL DEFAULT 'open' CHECK (status IN ('draft', 'open', 'merged', 'closed')),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CHECK (created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at)),
    merged_at TEXT CHECK (merged_at IS strftime('%Y-%m-%dT%H:%M:%fZ', merged_at)),
    CONSTRAINT pull_requests_number UNIQUE (repository, number),
    CONSTRAINT pull_requests_merged CHECK ((status = 'merged') = (merged_at IS NOT NULL)),
    CONSTRAINT pull_requests_two_branches CHECK (source_branch <> target_branch)
) STRICT;
