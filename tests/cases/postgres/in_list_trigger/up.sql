DROP TRIGGER kept ON parcels;
