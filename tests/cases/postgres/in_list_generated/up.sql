ALTER TABLE parcels DROP open;
