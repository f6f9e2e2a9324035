CREATE TABLE parcels (id integer, s character varying(10), EXCLUDE USING btree (id WITH =) WHERE (s IN ('a', 'b')));
