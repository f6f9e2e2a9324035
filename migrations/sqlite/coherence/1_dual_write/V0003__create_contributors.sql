CREATE TABLE contributors (
    id TEXT PRIMARY KEY NOT NULL DEFAULT (lower(
        hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-'
        || substr('89AB', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))
    )) CHECK (length(id) = 36 AND id = lower(id)), -- a UUID, in the form that PostgreSQL prints
    name TEXT NOT NULL CHECK (length(name) <= 255),
    email TEXT CHECK (length(email) <= 255),
    github_username TEXT CHECK (length(github_username) <= 255),
    wallet_address TEXT CHECK (length(wallet_address) <= 255),
    metadata TEXT DEFAULT '{}' CHECK (json_valid(metadata)),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')) CHECK (created_at GLOB '????-??-??T*Z'),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')) CHECK (updated_at GLOB '????-??-??T*Z')
);
