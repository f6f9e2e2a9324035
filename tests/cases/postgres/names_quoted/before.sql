-- include shop.sql
CREATE SCHEMA "My Schema";
CREATE TABLE "My Schema"."user" ("select" int PRIMARY KEY, "größe ""x""" text DEFAULT 'it''s', "A,b" numeric CHECK ("A,b" > 0));
CREATE INDEX "Ix (1)" ON "My Schema"."user" ("größe ""x""");
CREATE VIEW "My Schema"."order" AS SELECT * FROM "My Schema"."user";
DROP VIEW "My Schema"."order";
COMMENT ON COLUMN "My Schema"."user"."A,b" IS 'ü';
