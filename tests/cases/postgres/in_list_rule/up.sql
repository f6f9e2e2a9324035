DROP RULE quiet ON parcels;
