ALTER TABLE orders OWNER TO "Case Writer";
ALTER FUNCTION touch() OWNER TO case_reader;
ALTER TYPE order_status OWNER TO case_reader;
ALTER SCHEMA audit OWNER TO case_reader;
ALTER VIEW open_totals OWNER TO case_reader;
ALTER DOMAIN email OWNER TO case_reader;
