ALTER TABLE customers ADD CONSTRAINT customers_nick_key UNIQUE (nickname);
