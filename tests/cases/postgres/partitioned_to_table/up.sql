DROP TABLE e;
CREATE TABLE e (id integer, kind text);
