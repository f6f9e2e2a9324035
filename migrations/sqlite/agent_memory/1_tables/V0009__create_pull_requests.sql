CREATE TABLE pull_requests (
    pull_request_id TEXT PRIMARY KEY NOT NULL,
    -- The request is on the forge, whatever becomes of the agent.
    author_agent TEXT REFERENCES agents (agent_id) ON DELETE SET NULL,
    repository TEXT NOT NULL,
    number INTEGER NOT NULL CONSTRAINT pull_requests_number_positive CHECK (number BETWEEN 1 AND 2147483647),
    title TEXT NOT NULL,
    source_branch TEXT NOT NULL,
    target_branch TEXT NOT NULL DEFAULT 'main',
    status TEXT NOT NULL DEFAULT 'open'
        CONSTRAINT pull_requests_status CHECK (status IN ('draft', 'open', 'merged', 'closed')),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CONSTRAINT pull_requests_created_at CHECK (
            created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at, '+0 days')
            AND created_at >= '0001'
        ),
    merged_at TEXT
        CONSTRAINT pull_requests_merged_at CHECK (
            merged_at IS strftime('%Y-%m-%dT%H:%M:%fZ', merged_at, '+0 days')
            AND merged_at >= '0001'
        ),
    CONSTRAINT pull_requests_number UNIQUE (repository, number),
    CONSTRAINT pull_requests_merged CHECK ((status = 'merged') = (merged_at IS NOT NULL)),
    CONSTRAINT pull_requests_two_branches CHECK (source_branch <> target_branch),
    CONSTRAINT pull_requests_text CHECK (
        replace(
            replace(
                replace(json_array(pull_request_id, repository, title, source_branch, target_branch), '\\', ''),
                '\u0000', CAST(x'ff' AS TEXT)
            ),
            char(65533), ''
        ) NOT GLOB '*' || char(65533) || '*'
    )
) STRICT;
