ALTER TABLE customers RENAME CONSTRAINT balance_is_sane TO bal;
ALTER TABLE customers RENAME CONSTRAINT customers_pkey TO customers_pk;
ALTER TABLE orders RENAME CONSTRAINT orders_customer_id_fkey TO fk;
