CREATE TABLE coherence.contributions (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    contributor_id uuid NOT NULL REFERENCES coherence.contributors (id) ON DELETE CASCADE,
    asset_id uuid NOT NULL REFERENCES coherence.assets (id) ON DELETE CASCADE,
    -- NaN is greater than every number, and would make a NaN of the total that nothing takes back.
    cost_amount numeric(15, 2) NOT NULL
        CONSTRAINT contributions_cost_amount CHECK (cost_amount >= 0 AND cost_amount <> 'NaN'),
    coherence_score numeric(3, 2) NOT NULL
        CONSTRAINT contributions_coherence_score CHECK (coherence_score >= 0 AND coherence_score <= 1),
    metadata jsonb DEFAULT '{}',
    timestamp timestamptz NOT NULL DEFAULT now()
);

-- Here and not with the indexes for reading: the cascades look contributions up from the first write on.
CREATE INDEX idx_contributions_contributor ON coherence.contributions (contributor_id);
CREATE INDEX idx_contributions_asset ON coherence.contributions (asset_id);

COMMENT ON TABLE coherence.contributions IS 'Who contributed what to which asset, and what it cost';
COMMENT ON COLUMN coherence.contributions.id IS 'The contribution''s key';
COMMENT ON COLUMN coherence.contributions.contributor_id IS 'Who contributed';
COMMENT ON COLUMN coherence.contributions.asset_id IS 'What it was for';
COMMENT ON COLUMN coherence.contributions.cost_amount IS 'What it cost';
COMMENT ON COLUMN coherence.contributions.coherence_score IS 'How well it fits, from 0 to 1';
COMMENT ON COLUMN coherence.contributions.metadata IS 'What else is known';
COMMENT ON COLUMN coherence.contributions.timestamp IS 'When it was made';
