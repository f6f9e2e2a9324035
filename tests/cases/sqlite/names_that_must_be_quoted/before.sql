CREATE TABLE "order items" ("group" TEXT, "a ""b" TEXT, `select` INTEGER);
