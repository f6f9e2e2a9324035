ALTER TABLE parcels DROP s;
