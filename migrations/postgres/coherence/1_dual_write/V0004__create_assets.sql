CREATE TABLE coherence.assets (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name varchar(255) NOT NULL,
    description text,
    asset_type varchar(50) NOT NULL,
    -- What its contributions cost together, kept by their triggers. NOT NULL, since NULL plus a cost is NULL: the
    -- sum would be lost without an error.
    total_cost numeric(15, 2) NOT NULL DEFAULT 0.00,
    metadata jsonb DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE coherence.assets IS 'What is contributed to';
COMMENT ON COLUMN coherence.assets.id IS 'The asset''s key';
COMMENT ON COLUMN coherence.assets.name IS 'What people call it';
COMMENT ON COLUMN coherence.assets.description IS 'What it is';
COMMENT ON COLUMN coherence.assets.asset_type IS 'What kind of asset it is';
COMMENT ON COLUMN coherence.assets.total_cost IS 'What its contributions cost together; triggers keep it';
COMMENT ON COLUMN coherence.assets.metadata IS 'What else is known';
COMMENT ON COLUMN coherence.assets.created_at IS 'When the row was made';
COMMENT ON COLUMN coherence.assets.updated_at IS 'When the application or a trigger last changed the row';
