CREATE TYPE price_range AS RANGE (subtype = numeric);
CREATE TABLE r (p price_range);
