CREATE TABLE parcels (id integer, s character varying(10), open boolean GENERATED ALWAYS AS (s IN ('a', 'b')) STORED);
