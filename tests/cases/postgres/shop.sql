CREATE TYPE order_status AS ENUM ('new', 'paid', 'shipped');
CREATE TYPE money_amount AS (currency char(3), amount numeric(12, 2));
CREATE DOMAIN email AS text CONSTRAINT email_has_at CHECK (VALUE LIKE '%@%');
CREATE SCHEMA audit;

CREATE TABLE customers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email email NOT NULL,
    name varchar(80) NOT NULL,
    nickname text,
    balance numeric(10, 2) NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT customers_email_key UNIQUE (email),
    CONSTRAINT balance_is_sane CHECK (balance > -1000)
);
COMMENT ON TABLE customers IS 'People who buy';
COMMENT ON COLUMN customers.nickname IS 'what they like to be called';

CREATE TABLE orders (
    id serial PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    status order_status NOT NULL DEFAULT 'new',
    total numeric(12, 2) NOT NULL DEFAULT 0,
    note text COLLATE "C",
    payload jsonb NOT NULL DEFAULT '{}',
    tags text[] DEFAULT ARRAY['a', 'b'],
    placed_on date
);
CREATE INDEX orders_status_idx ON orders (status) WHERE status <> 'shipped';
CREATE INDEX orders_customer_idx ON orders (customer_id, placed_on DESC NULLS LAST) INCLUDE (total);
CREATE INDEX orders_note_lower ON orders (lower(note) text_pattern_ops);

CREATE TABLE order_items (
    order_id integer NOT NULL REFERENCES orders,
    line smallint NOT NULL,
    sku text NOT NULL,
    quantity integer NOT NULL CHECK (quantity > 0),
    price numeric(10, 2) NOT NULL,
    cost numeric GENERATED ALWAYS AS (quantity * price) STORED,
    PRIMARY KEY (order_id, line)
);

CREATE TABLE events (
    id bigint NOT NULL,
    at timestamptz NOT NULL,
    kind text NOT NULL DEFAULT 'seen',
    body jsonb,
    PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE INDEX events_kind_idx ON events (kind);
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');

CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.placed_on := coalesce(NEW.placed_on, current_date);
    RETURN NEW;
END $$;
CREATE TRIGGER orders_touch BEFORE INSERT OR UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION touch();

CREATE FUNCTION open_total(customer bigint, since date DEFAULT NULL) RETURNS numeric LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(total), 0) FROM public.orders WHERE customer_id = customer AND (since IS NULL OR placed_on >= since)
$$;
CREATE FUNCTION is_open(s order_status) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT s <> 'shipped' $$;

CREATE VIEW open_orders AS SELECT o.id, o.status, o.total, c.name FROM orders o JOIN customers c ON c.id = o.customer_id
    WHERE o.status <> 'shipped';
CREATE VIEW open_totals AS SELECT name, sum(total) AS total FROM open_orders GROUP BY name;
COMMENT ON VIEW open_totals IS 'by customer';
CREATE MATERIALIZED VIEW sales AS SELECT placed_on, sum(total) AS total FROM orders GROUP BY placed_on;
CREATE UNIQUE INDEX sales_day ON sales (placed_on);

ALTER TABLE customers ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON customers FOR SELECT TO case_reader USING (name = current_user);
GRANT SELECT ON customers, open_orders TO case_reader;
GRANT SELECT, INSERT (note, total) ON orders TO "Case Writer";

INSERT INTO customers (email, name) VALUES ('a@b.c', 'Ada'), ('b@b.c', 'Bob');
INSERT INTO orders (customer_id, status, total) VALUES (1, 'new', 5), (2, 'paid', 7);
INSERT INTO order_items VALUES (1, 1, 'x', 2, 3), (2, 1, 'y', 1, 4);
INSERT INTO events VALUES (1, '2024-05-05', 'a'), (2, '2025-05-05', 'b');
