CREATE TABLE t (
    a INTEGER, -- the a
    b TEXT /* the b */
);
