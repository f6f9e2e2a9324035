-- include shop.sql
CREATE DOMAIN d AS varchar(5) COLLATE "C" DEFAULT 'x' NOT NULL CONSTRAINT c1 CHECK (VALUE <> 'y');
