DROP POLICY seen ON parcels;
