-- Rendered once, from Rust, by barrel. This file is what counts now: a schema changes by a new migration.

CREATE TABLE "orders" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "customer" INTEGER NOT NULL REFERENCES customers(id) ON DELETE CASCADE,
    "number" INTEGER NOT NULL,
    "total" NUMERIC(12, 2) DEFAULT 0 NOT NULL,
    CONSTRAINT "orders_number" UNIQUE ("customer", "number")
);
CREATE TABLE "order_lines" (
    "order" INTEGER NOT NULL,
    "line" INTEGER NOT NULL,
    "price" DOUBLE NOT NULL,
    PRIMARY KEY ("order","line"),
    FOREIGN KEY("order") REFERENCES "orders"("id")
);
