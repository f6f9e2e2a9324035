-- SQLite keeps 12.34 as the nearest binary number. Up to 15 digits each decimal has one of its own, so that amounts
-- with two decimals are exact as long as every sum is rounded to two again; the checks see to that. Not STRICT, which
-- has no NUMERIC: the checks keep the types as well.
CREATE TABLE assets (
    id TEXT PRIMARY KEY NOT NULL DEFAULT (lower(
        hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-'
        || substr('89AB', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))
    )) CHECK (
        id GLOB '????????-????-????-????-????????????' AND length(replace(id, '-', '')) = 32
        AND id NOT GLOB '*[^0-9a-f-]*'
    ),
    name TEXT NOT NULL CHECK (length(name) <= 255),
    description TEXT,
    asset_type TEXT NOT NULL CHECK (length(asset_type) <= 50),
    -- What its contributions cost together, kept by their triggers. NOT NULL, since NULL plus a cost is NULL: the
    -- sum would be lost without an error.
    total_cost NUMERIC NOT NULL DEFAULT 0
        CHECK (typeof(total_cost) IN ('integer', 'real')
            AND abs(total_cost) < 1e13 AND total_cost = round(total_cost, 2)),
    metadata TEXT DEFAULT '{}' CHECK (metadata IS NULL OR json_valid(metadata)),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CHECK (created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at)),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CHECK (updated_at IS strftime('%Y-%m-%dT%H:%M:%fZ', updated_at))
);
