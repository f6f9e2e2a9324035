-- include shop.sql
CREATE TYPE fr AS RANGE (subtype = float8, subtype_diff = float8mi);
