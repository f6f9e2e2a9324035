ALTER TABLE orders ADD COLUMN payer_id INTEGER REFERENCES customers (id);
