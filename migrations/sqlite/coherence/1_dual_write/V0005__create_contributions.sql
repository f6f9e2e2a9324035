CREATE TABLE contributions (
    id TEXT PRIMARY KEY NOT NULL DEFAULT (lower(
        hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-'
        || substr('89AB', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))
    )) CONSTRAINT contributions_id CHECK (
        typeof(id) = 'text' AND id GLOB '????????-????-????-????-????????????' AND id NOT GLOB '*[^0-9a-f-]*'
        AND length(replace(id, '-', '')) = 32 AND length(CAST(id AS BLOB)) = 36
    ),
    contributor_id TEXT NOT NULL REFERENCES contributors (id) ON DELETE CASCADE,
    asset_id TEXT NOT NULL REFERENCES assets (id) ON DELETE CASCADE,
    -- Text and bytes are greater than every number: without the first condition they would pass.
    cost_amount NUMERIC NOT NULL CONSTRAINT contributions_cost_amount CHECK (
        typeof(cost_amount) IN ('integer', 'real')
        AND cost_amount >= 0 AND cost_amount < 1e13 AND cost_amount = round(cost_amount, 2)
    ),
    coherence_score NUMERIC NOT NULL CONSTRAINT contributions_coherence_score CHECK (
        typeof(coherence_score) IN ('integer', 'real')
        AND coherence_score >= 0 AND coherence_score <= 1 AND coherence_score = round(coherence_score, 2)
    ),
    metadata TEXT DEFAULT '{}'
        CONSTRAINT contributions_metadata CHECK (
            metadata IS NULL OR json_valid(metadata)
            AND instr(replace(metadata, '\\', ''), '\u0000') = 0
        ),
    timestamp TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CONSTRAINT contributions_timestamp CHECK (
            timestamp IS strftime('%Y-%m-%dT%H:%M:%fZ', timestamp, '+0 days')
            AND timestamp >= '0001'
        ),
    CONSTRAINT contributions_text CHECK (
        replace(
            replace(replace(json_array(metadata), '\\', ''), '\u0000', CAST(x'ff' AS TEXT)), char(65533), ''
        ) NOT GLOB '*' || char(65533) || '*'
    )
);

-- Here and not with the indexes for reading: the cascades look contributions up from the first write on.
CREATE INDEX idx_contributions_contributor ON contributions (contributor_id);
CREATE INDEX idx_contributions_asset ON contributions (asset_id);
