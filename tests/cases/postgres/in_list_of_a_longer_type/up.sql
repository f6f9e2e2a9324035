ALTER TABLE parcels ALTER s TYPE character varying(20);
