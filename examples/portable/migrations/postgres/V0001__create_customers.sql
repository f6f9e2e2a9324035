-- Rendered once, from Rust, by barrel. This file is what counts now: a schema changes by a new migration.

CREATE TABLE "customers" (
    "id" SERIAL PRIMARY KEY NOT NULL,
    "email" VARCHAR(200) NOT NULL UNIQUE,
    "name" TEXT DEFAULT 'nobody' NOT NULL,
    "is_active" BOOLEAN DEFAULT true NOT NULL,
    "joined" TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
);
CREATE INDEX "customers_by_name" ON "customers" ("name");
