-- include shop.sql
CREATE TABLE b2 (r int4range, CONSTRAINT b2_x EXCLUDE USING gist (r WITH &&) WHERE (NOT isempty(r)));
