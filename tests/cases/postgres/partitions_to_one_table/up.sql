CREATE TABLE papers_all (
    id uuid PRIMARY KEY,
    kind integer NOT NULL,
    owner_id bigint REFERENCES owners,
    body bytea
);
INSERT INTO papers_all SELECT id::uuid, kind, owner_id, body FROM papers WHERE id ~ '^[0-9a-f]{8}-';
ALTER TABLE notes DROP CONSTRAINT notes_paper_id_kind_fkey;
DROP TABLE papers;
ALTER TABLE papers_all RENAME TO papers;
CREATE INDEX papers_owner ON papers (owner_id);
CREATE TRIGGER papers_stamp BEFORE INSERT ON papers FOR EACH ROW EXECUTE FUNCTION stamp();
