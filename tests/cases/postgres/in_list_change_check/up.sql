ALTER TABLE parcels DROP CONSTRAINT known, ADD CONSTRAINT known CHECK (s IN ('a', 'b', 'c'));
