CREATE TABLE parcels (id integer, open boolean DEFAULT ('x'::character varying IN ('a', 'b')));
