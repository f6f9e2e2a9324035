CREATE TYPE state AS ENUM ('open', 'paid');
CREATE DOMAIN email AS text CHECK (VALUE ~ '@');
CREATE TYPE pair AS (a int, b state);
CREATE SEQUENCE numbers;
CREATE TABLE customers (id serial PRIMARY KEY, mail email UNIQUE, home pair);
CREATE TABLE orders (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number bigint NOT NULL DEFAULT nextval('numbers'),
  customer int REFERENCES customers ON DELETE CASCADE,
  state state NOT NULL DEFAULT 'open',
  total numeric CHECK (total >= 0), half numeric GENERATED ALWAYS AS (total / 2) STORED);
ALTER SEQUENCE numbers OWNED BY orders.number;
COMMENT ON TABLE orders IS 'see public.orders';
COMMENT ON COLUMN orders.total IS 'in cents';
CREATE FUNCTION twice(x numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT x * 2 $$;
CREATE FUNCTION paid() RETURNS SETOF orders LANGUAGE sql STABLE BEGIN ATOMIC SELECT * FROM orders WHERE state = 'paid'; END;
CREATE INDEX orders_twice ON orders (twice(total)) WHERE state = 'open';
CREATE VIEW open_orders AS SELECT o.id, o.total, c.mail FROM orders o JOIN customers c ON c.id = o.customer WHERE o.state = 'open'::state;
CREATE VIEW tricky AS WITH orders AS (SELECT id, 1 AS one FROM orders) SELECT one FROM orders;
CREATE MATERIALIZED VIEW totals AS SELECT customer, sum(total) AS sum, max(twice(total)) AS t FROM orders GROUP BY customer;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE customers SET home = NULL; RETURN NEW; END $$;
CREATE TRIGGER touched BEFORE UPDATE ON orders FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION touch();
CREATE TABLE parts (id int, at date NOT NULL, s state) PARTITION BY RANGE (at);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON orders USING (customer IN (SELECT id FROM customers WHERE mail = current_user));
CREATE RULE r AS ON INSERT TO open_orders DO INSTEAD INSERT INTO orders (total) VALUES (NEW.total);
CREATE AGGREGATE summed(numeric) (SFUNC = numeric_add, STYPE = numeric, INITCOND = '0');
