CREATE TABLE agent_tasks (
    id TEXT PRIMARY KEY NOT NULL CONSTRAINT agent_tasks_id CHECK (length(id) <= 50), -- the orchestrator's own
    direction TEXT NOT NULL,
    task_type TEXT NOT NULL
        CONSTRAINT agent_tasks_task_type CHECK (task_type IN ('spec', 'test', 'impl', 'review', 'heal')),
    status TEXT NOT NULL DEFAULT 'pending'
        CONSTRAINT agent_tasks_status CHECK (status IN ('pending', 'running', 'completed', 'failed', 'needs_decision')),
    model TEXT NOT NULL CONSTRAINT agent_tasks_model CHECK (length(model) <= 100),
    command TEXT NOT NULL,
    output TEXT,
    context TEXT DEFAULT '{}'
        CONSTRAINT agent_tasks_context CHECK (
            context IS NULL OR json_valid(context)
            AND instr(replace(context, '\\', ''), '\u0000') = 0
        ),
    progress_pct INTEGER CONSTRAINT agent_tasks_progress_pct CHECK (progress_pct >= 0 AND progress_pct <= 100),
    current_step TEXT,
    decision_prompt TEXT,
    decision TEXT,
    tier TEXT CONSTRAINT agent_tasks_tier CHECK (length(tier) <= 50),
    started_at TEXT
        CONSTRAINT agent_tasks_started_at CHECK (
            started_at IS strftime('%Y-%m-%dT%H:%M:%fZ', started_at, '+0 days')
            AND started_at >= '0001'
        ),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CONSTRAINT agent_tasks_created_at CHECK (
            created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at, '+0 days')
            AND created_at >= '0001'
        ),
    -- NULL until the first change.
    updated_at TEXT
        CONSTRAINT agent_tasks_updated_at CHECK (
            updated_at IS strftime('%Y-%m-%dT%H:%M:%fZ', updated_at, '+0 days')
            AND updated_at >= '0001'
        ),
    CONSTRAINT direction_not_empty CHECK (length(trim(direction)) > 0),
    CONSTRAINT agent_tasks_text CHECK (
        replace(
            replace(
                replace(
                    json_array(
                        id, direction, model, command, output, context, current_step, decision_prompt, decision, tier
                    ),
                    '\\', ''
                ),
                '\u0000', CAST(x'ff' AS TEXT)
            ),
            char(65533), ''
        ) NOT GLOB '*' || char(65533) || '*'
    )
) STRICT;
