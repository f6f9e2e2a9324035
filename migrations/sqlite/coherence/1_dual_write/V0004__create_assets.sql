-- SQLite keeps 12.34 as the nearest binary number. Up to 15 digits each decimal has one of its own, so that amounts
-- with two decimals are exact as long as every sum is rounded to two again; the checks see to that. Not STRICT, which
-- has no NUMERIC: the checks keep the types as well.
CREATE TABLE assets (
    id TEXT PRIMARY KEY NOT NULL DEFAULT (lower(
        hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-'
        || substr('89AB', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))
    )) CONSTRAINT assets_id CHECK (
        typeof(id) = 'text' AND id GLOB '????????-????-????-????-????????????' AND id NOT GLOB '*[^0-9a-f-]*'
        AND length(replace(id, '-', '')) = 32 AND length(CAST(id AS BLOB)) = 36
    ),
    name TEXT NOT NULL CONSTRAINT assets_name CHECK (length(name) <= 255),
    description TEXT,
    asset_type TEXT NOT NULL CONSTRAINT assets_asset_type CHECK (length(asset_type) <= 50),
    -- What its contributions cost together, kept by their triggers. NOT NULL, since NULL plus a cost is NULL: the
    -- sum would be lost without an error.
    total_cost NUMERIC NOT NULL DEFAULT 0
        CONSTRAINT assets_total_cost CHECK (typeof(total_cost) IN ('integer', 'real')
            AND abs(total_cost) < 1e13 AND total_cost = round(total_cost, 2)),
    metadata TEXT DEFAULT '{}'
        CONSTRAINT assets_metadata CHECK (
            metadata IS NULL OR json_valid(metadata)
            AND instr(replace(metadata, '\\', ''), '\u0000') = 0
        ),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CONSTRAINT assets_created_at CHECK (
            created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at, '+0 days')
            AND created_at >= '0001'
        ),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CONSTRAINT assets_updated_at CHECK (
            updated_at IS strftime('%Y-%m-%dT%H:%M:%fZ', updated_at, '+0 days')
            AND updated_at >= '0001'
        ),
    CONSTRAINT assets_text CHECK (
        replace(
            replace(
                replace(json_array(name, description, asset_type, metadata), '\\', ''),
                '\u0000', CAST(x'ff' AS TEXT)
            ),
            char(65533), ''
        ) NOT GLOB '*' || char(65533) || '*'
    )
);
