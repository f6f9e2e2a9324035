DROP TABLE orders; CREATE TABLE unrelated (id INTEGER);
