CREATE TABLE owners (id bigint PRIMARY KEY);
CREATE TABLE papers (
    id text NOT NULL,
    kind integer NOT NULL,
    owner_id bigint REFERENCES owners,
    body bytea,
    PRIMARY KEY (id, kind)
) PARTITION BY LIST (kind);
CREATE INDEX papers_owner ON papers (owner_id);
CREATE TABLE papers_letters PARTITION OF papers FOR VALUES IN (0);
CREATE TABLE papers_bills PARTITION OF papers FOR VALUES IN (1, 2) PARTITION BY HASH (id);
CREATE TABLE papers_bills_0 PARTITION OF papers_bills FOR VALUES WITH (MODULUS 1, REMAINDER 0);
CREATE TABLE papers_others PARTITION OF papers DEFAULT;
CREATE TABLE notes (paper_id text, kind integer, FOREIGN KEY (paper_id, kind) REFERENCES papers ON DELETE CASCADE);
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER papers_stamp BEFORE INSERT ON papers FOR EACH ROW EXECUTE FUNCTION stamp();
