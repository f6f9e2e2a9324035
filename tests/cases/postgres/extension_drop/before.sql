-- include shop.sql
CREATE EXTENSION pgcrypto;
