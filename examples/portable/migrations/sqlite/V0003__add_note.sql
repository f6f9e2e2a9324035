-- Rendered once, from Rust, by barrel. This file is what counts now: a schema changes by a new migration.

ALTER TABLE "orders" ADD COLUMN "note" TEXT;
