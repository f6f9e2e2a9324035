ALTER TABLE "order items" DROP COLUMN "a ""b"; ALTER TABLE "order items" RENAME COLUMN "group" TO "from";
