CREATE TABLE coherence.contributors (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name varchar(255) NOT NULL,
    email varchar(255),
    github_username varchar(255),
    wallet_address varchar(255),
    metadata jsonb DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE coherence.contributors IS 'Who contributes to assets';
COMMENT ON COLUMN coherence.contributors.id IS 'The contributor''s key';
COMMENT ON COLUMN coherence.contributors.name IS 'Who it is';
COMMENT ON COLUMN coherence.contributors.email IS 'Where to write to';
COMMENT ON COLUMN coherence.contributors.github_username IS 'Who it is on GitHub';
COMMENT ON COLUMN coherence.contributors.wallet_address IS 'Where to pay to';
COMMENT ON COLUMN coherence.contributors.metadata IS 'What else is known';
COMMENT ON COLUMN coherence.contributors.created_at IS 'When the row was made';
COMMENT ON COLUMN coherence.contributors.updated_at IS 'When the application last changed the row';
