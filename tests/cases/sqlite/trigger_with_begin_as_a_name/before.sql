CREATE TABLE a (x, "begin");
CREATE TABLE l (x);
