CREATE DOMAIN ticket AS macaddr8;
CREATE SEQUENCE tickets;
CREATE FUNCTION next_ticket() RETURNS ticket LANGUAGE plpgsql AS $$
BEGIN
    RETURN lpad(to_hex(nextval('tickets')), 16, '0')::ticket;
END;
$$;
ALTER DOMAIN ticket SET DEFAULT next_ticket();
CREATE TABLE visits (id ticket PRIMARY KEY, at timestamptz);
