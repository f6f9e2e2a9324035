-- Rendered once, from Rust, by barrel. This file is what counts now: a schema changes by a new migration.

CREATE TABLE "orders" (
    "id" SERIAL PRIMARY KEY NOT NULL,
    "customer" INTEGER NOT NULL,
    FOREIGN KEY (customer) REFERENCES "customers"(id) ON DELETE CASCADE,
    "number" INTEGER NOT NULL,
    "total" NUMERIC(12, 2) DEFAULT 0 NOT NULL,
    CONSTRAINT "orders_number" UNIQUE ("customer", "number")
);
CREATE TABLE "order_lines" (
    "order" INTEGER NOT NULL,
    "line" INTEGER NOT NULL,
    "price" DOUBLE PRECISION NOT NULL,
    PRIMARY KEY ("order","line"),
    FOREIGN KEY("order") REFERENCES "orders"("id")
);
