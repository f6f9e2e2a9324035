CREATE TABLE contributors (
    -- A UUID in the form that PostgreSQL prints, and a random one where none is given.
    id TEXT PRIMARY KEY NOT NULL DEFAULT (lower(
        hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-'
        || substr('89AB', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))
    )) CONSTRAINT contributors_id CHECK (
        id GLOB '????????-????-????-????-????????????' AND id NOT GLOB '*[^0-9a-f-]*'
        AND length(replace(id, '-', '')) = 32 AND length(CAST(id AS BLOB)) = 36
    ),
    name TEXT NOT NULL CONSTRAINT contributors_name CHECK (length(name) <= 255),
    email TEXT CONSTRAINT contributors_email CHECK (length(email) <= 255),
    github_username TEXT CONSTRAINT contributors_github_username CHECK (length(github_username) <= 255),
    wallet_address TEXT CONSTRAINT contributors_wallet_address CHECK (length(wallet_address) <= 255),
    -- json_valid(NULL) is 0 to releases of SQLite that are not old.
    metadata TEXT DEFAULT '{}'
        CONSTRAINT contributors_metadata CHECK (
            metadata IS NULL OR json_valid(metadata)
            AND instr(replace(metadata, '\\', ''), '\u0000') = 0
        ),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CONSTRAINT contributors_created_at CHECK (
            created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at, '+0 days')
            AND created_at >= '0001'
        ),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CONSTRAINT contributors_updated_at CHECK (
            updated_at IS strftime('%Y-%m-%dT%H:%M:%fZ', updated_at, '+0 days')
            AND updated_at >= '0001'
        ),
    CONSTRAINT contributors_text CHECK (
        replace(
            replace(
                replace(json_array(name, email, github_username, wallet_address, metadata), '\\', ''),
                '\u0000', CAST(x'ff' AS TEXT)
            ),
            char(65533), ''
        ) NOT GLOB '*' || char(65533) || '*'
    )
) STRICT;
