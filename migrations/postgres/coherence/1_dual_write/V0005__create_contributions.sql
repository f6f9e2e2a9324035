CREATE TABLE coherence.contributions (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    contributor_id uuid NOT NULL REFERENCES coherence.contributors (id) ON DELETE CASCADE,
    asset_id uuid NOT NULL REFERENCES coherence.assets (id) ON DELETE CASCADE,
    -- NaN is greater than every number, and would make a NaN of the total that nothing takes back.
    cost_amount numeric(15, 2) NOT NULL CHECK (cost_amount >= 0 AND cost_amount <> 'NaN'),
    coherence_score numeric(3, 2) NOT NULL CHECK (coherence_score >= 0 AND coherence_score <= 1),
    metadata jsonb DEFAULT '{}',
    timestamp timestamptz NOT NULL DEFAULT now()
);

-- Here and not with the indexes for reading: the cascades look contributions up from the first write on.
CREATE INDEX idx_contributions_contributor ON coherence.contributions (contributor_id);
CREATE INDEX idx_contributions_asset ON coherence.contributions (asset_id);
