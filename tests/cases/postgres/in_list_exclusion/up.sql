ALTER TABLE parcels DROP CONSTRAINT parcels_id_excl;
