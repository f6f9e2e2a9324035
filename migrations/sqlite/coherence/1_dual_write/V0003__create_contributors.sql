CREATE TABLE contributors (
    -- A UUID in the form that PostgreSQL prints, and a random one where none is given.
    id TEXT PRIMARY KEY NOT NULL DEFAULT (lower(
        hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-'
        || substr('89AB', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))
    )) CHECK (
        id GLOB '????????-????-????-????-????????????' AND length(replace(id, '-', '')) = 32
        AND id NOT GLOB '*[^0-9a-f-]*'
    ),
    name TEXT NOT NULL CHECK (length(name) <= 255),
    email TEXT CHECK (length(email) <= 255),
    github_username TEXT CHECK (length(github_username) <= 255),
    wallet_address TEXT CHECK (length(wallet_address) <= 255),
    -- json_valid(NULL) is 0 to releases of SQLite that are not old.
    metadata TEXT DEFAULT '{}' CHECK (metadata IS NULL OR json_valid(metadata)),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CHECK (created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at)),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CHECK (updated_at IS strftime('%Y-%m-%dT%H:%M:%fZ', updated_at))
) STRICT;
