-- The agents of the platform, as its first phase keeps them: text for what SQLite has no type for. Not STRICT and
-- without checks, as the application of the plan has them. NOT NULL is ours: to SQLite a text key may be NULL, and many
-- rows may have that one.
CREATE TABLE agents (
    id TEXT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    agent_type TEXT NOT NULL,
    status TEXT DEFAULT 'idle',
    capabilities TEXT, -- a JSON array
    system_prompt TEXT,
    model_provider TEXT DEFAULT 'openrouter',
    model_name TEXT DEFAULT 'auto',
    created_at TEXT, -- RFC 3339
    updated_at TEXT
);
