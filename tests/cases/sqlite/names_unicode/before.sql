CREATE TABLE "größe" ("länge" INTEGER, b TEXT);
