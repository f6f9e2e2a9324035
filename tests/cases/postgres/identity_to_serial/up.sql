ALTER TABLE customers ALTER COLUMN id DROP IDENTITY;
CREATE SEQUENCE customers_id_seq OWNED BY customers.id;
ALTER TABLE customers ALTER COLUMN id SET DEFAULT nextval('customers_id_seq');
