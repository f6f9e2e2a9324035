DROP INDEX waiting;
CREATE INDEX waiting ON parcels (n) WHERE s IN ('a');
