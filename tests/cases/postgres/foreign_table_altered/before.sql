CREATE FOREIGN DATA WRAPPER w;
CREATE SERVER srv FOREIGN DATA WRAPPER w;
CREATE FOREIGN TABLE prices (id integer, price numeric OPTIONS (c 'p x')) SERVER srv OPTIONS (t 'prices');
CREATE VIEW cheap AS SELECT id FROM prices WHERE price < 1;
