CREATE TABLE copy AS SELECT id, note FROM orders;
