-- Rendered once, from Rust, by barrel. This file is what counts now: a schema changes by a new migration.

CREATE TABLE "customers" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "email" VARCHAR(200) NOT NULL UNIQUE,
    "name" TEXT DEFAULT 'nobody' NOT NULL,
    "is_active" BOOLEAN DEFAULT 1 NOT NULL,
    "joined" DATETIME DEFAULT CURRENT_TIMESTAMP NOT NULL
);
CREATE INDEX "customers_by_name" ON "customers" ("name");
