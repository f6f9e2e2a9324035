CREATE SEQUENCE s;
CREATE TABLE t (id int PRIMARY KEY DEFAULT nextval('s'), v text);
