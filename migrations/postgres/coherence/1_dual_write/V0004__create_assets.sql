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
