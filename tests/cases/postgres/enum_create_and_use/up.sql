CREATE TYPE size AS ENUM ('s', 'm');
ALTER TABLE order_items ADD COLUMN size size NOT NULL DEFAULT 's';
