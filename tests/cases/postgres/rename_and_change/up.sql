ALTER TABLE orders RENAME COLUMN note TO remark;
ALTER TABLE orders ALTER COLUMN remark TYPE varchar(30);
ALTER TABLE orders RENAME TO purchases;
CREATE TABLE orders (id int);
