CREATE DOMAIN state AS character varying(10) CONSTRAINT known CHECK (VALUE IN ('a', 'b'));
CREATE TABLE states (s state);
