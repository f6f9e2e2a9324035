DROP TABLE "My Schema"."user";
