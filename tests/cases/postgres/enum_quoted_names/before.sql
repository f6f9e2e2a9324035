-- include shop.sql
CREATE SCHEMA "My Schema";
CREATE TYPE "My Schema"."Order" AS ENUM ('A b', 'ü');
CREATE TABLE "My Schema"."user" ("select" "My Schema"."Order" DEFAULT 'ü', "größe" int);
