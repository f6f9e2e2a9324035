-- What a project is taken up from after a failure.
CREATE TABLE checkpoints (
    checkpoint_id TEXT PRIMARY KEY NOT NULL,
    project_id TEXT NOT NULL REFERENCES projects (project_id) ON DELETE CASCADE,
    label TEXT,
    state TEXT NOT NULL
        CONSTRAINT checkpoints_state CHECK (json_valid(state) AND instr(replace(state, '\\', ''), '\u0000') = 0),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CONSTRAINT checkpoints_created_at CHECK (
            created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at, '+0 days')
            AND created_at >= '0001'
        ),
    CONSTRAINT checkpoints_text CHECK (
        replace(
            replace(replace(json_array(checkpoint_id, label, state), '\\', ''), '\u0000', CAST(x'ff' AS TEXT)), char(65533), ''
        ) NOT GLOB '*' || char(65533) || '*'
    )
) STRICT;
