CREATE TABLE agent_tasks (
    id TEXT PRIMARY KEY NOT NULL CHECK (length(id) <= 50), -- the orchestrator's own
    direction TEXT NOT NULL,
    task_type TEXT NOT NULL CHECK (task_type IN ('spec', 'test', 'impl', 'review', 'heal')),
    status TEXT NOT NULL DEFAULT 'pending'
        CHECK (status IN ('pending', 'running', 'completed', 'failed', 'needs_decision')),
    model TEXT NOT NULL CHECK (length(model) <= 100),
    command TEXT NOT NULL,
    output TEXT,
    context TEXT DEFAULT '{}' CHECK (context IS NULL OR json_valid(context)),
    progress_pct INTEGER CHECK (progress_pct >= 0 AND progress_pct <= 100),
    current_step TEXT,
    decision_prompt TEXT,
    decision TEXT,
    tier TEXT CHECK (length(tier) <= 50),
    started_at TEXT CHECK (started_at IS strftime('%Y-%m-%dT%H:%M:%fZ', started_at)),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CHECK (created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at)),
    updated_at TEXT CHECK (updated_at IS strftime('%Y-%m-%dT%H:%M:%fZ', updated_at)), -- NULL until the first change
    CONSTRAINT direction_not_empty CHECK (length(trim(direction)) > 0)
) STRICT;
