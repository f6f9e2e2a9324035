CREATE DOMAIN state AS character varying(10) DEFAULT 'a' CHECK (VALUE IN ('a', 'b'));
