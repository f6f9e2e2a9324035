-- include shop.sql
CREATE TABLE "Group" ("Order" int CONSTRAINT "C" CHECK ("Order" > 0));
CREATE FUNCTION "F (x)"(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
