-- include shop.sql
CREATE TABLE nv (a int);
ALTER TABLE nv ADD CONSTRAINT c CHECK (a > 0) NOT VALID;
