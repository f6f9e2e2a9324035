-- include shop.sql
CREATE PUBLICATION pu FOR TABLE orders;
COMMENT ON PUBLICATION pu IS 'feed';
