ALTER TABLE customers DROP CONSTRAINT balance_is_sane;
