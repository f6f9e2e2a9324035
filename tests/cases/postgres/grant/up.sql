GRANT UPDATE ON orders TO case_reader WITH GRANT OPTION;
GRANT SELECT (email) ON customers TO "Case Writer";
GRANT USAGE ON SCHEMA audit TO PUBLIC;
GRANT USAGE ON SEQUENCE orders_id_seq TO case_reader;
GRANT USAGE ON TYPE order_status TO case_reader;
