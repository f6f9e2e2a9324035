ALTER TABLE customers ADD COLUMN n bigserial;
