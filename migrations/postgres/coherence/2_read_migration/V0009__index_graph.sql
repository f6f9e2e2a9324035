-- Concurrently, here and in what follows: by now the tables have rows, and writes must go on while these are built.
CREATE INDEX CONCURRENTLY idx_projects_ecosystem ON coherence.projects (ecosystem);
CREATE INDEX CONCURRENTLY idx_projects_name ON coherence.projects (name);
CREATE INDEX CONCURRENTLY idx_projects_ecosystem_name ON coherence.projects (ecosystem, name);
CREATE INDEX CONCURRENTLY idx_contributors_github ON coherence.contributors (github_username);
CREATE INDEX CONCURRENTLY idx_contributors_email ON coherence.contributors (email);
CREATE INDEX CONCURRENTLY idx_contributors_created ON coherence.contributors (created_at DESC);
CREATE INDEX CONCURRENTLY idx_assets_type ON coherence.assets (asset_type);
CREATE INDEX CONCURRENTLY idx_assets_created ON coherence.assets (created_at DESC);
CREATE INDEX CONCURRENTLY idx_assets_total_cost ON coherence.assets (total_cost DESC);
CREATE INDEX CONCURRENTLY idx_contributions_timestamp ON coherence.contributions (timestamp DESC);
CREATE INDEX CONCURRENTLY idx_contributions_coherence ON coherence.contributions (coherence_score DESC);
