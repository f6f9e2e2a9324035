//! What reading a catalog costs, sees, and leaves as it was.

use schemactl_test_support::postgres as servers;

use tokio_postgres::Client;

use super::inspect;
use crate::catalog::{Alignment, Fingerprint, Ignore, Kind, Snapshot as _, diff};

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// What it costs is measured by a bench.
#[tokio::test]
async fn a_large_catalog_is_read_at_once() {
    let database = servers::database(servers::version());
    database.psql(
        "DO $$ BEGIN FOR i IN 1..1000 LOOP
             EXECUTE format('CREATE TABLE t%s (id bigint PRIMARY KEY, a text NOT NULL DEFAULT %L, b int, c numeric(9, 2), d date)', i, i);
             EXECUTE format('CREATE INDEX ON t%s (a, b DESC) WHERE b > 0', i);
             IF i % 100 = 0 THEN COMMIT; END IF;
         END LOOP; END $$",
    );
    let client = connect(&database.url()).await;
    let catalog = inspect(&client, &[]).await.unwrap();
    assert_eq!(catalog.of_kind(Kind::Column).count(), 5000);
    assert_eq!(catalog.of_kind(Kind::Index).count() + catalog.of_kind(Kind::Constraint).count(), 2000);
}

#[tokio::test]
async fn the_history_is_left_out_and_the_search_path_is_put_back() {
    for version in servers::versions() {
        let database = servers::database(version);
        database.psql(
            "CREATE SCHEMA app; CREATE TABLE app.schema_migrations (version bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
             CREATE INDEX ON app.schema_migrations (version DESC); CREATE TABLE app.kept (id int)",
        );
        let client = connect(&database.url()).await;
        client.batch_execute("SET search_path = app, public").await.unwrap();
        let hidden = ["schema_migrations".to_owned(), "schema_migrations_log".to_owned()];
        let catalog = inspect(&client, &hidden).await.unwrap();
        let names: Vec<String> = catalog.iter().map(|object| object.name.to_string()).collect();
        assert!(names.contains(&"\"app\".\"kept\"".to_owned()), "{names:?}");
        assert!(!names.iter().any(|name| name.contains("schema_migrations")), "{names:?}");
        let row = client.query_one("SHOW search_path", &[]).await.unwrap();
        assert_eq!(row.get::<_, &str>(0), "app, public");
        client.batch_execute("SET jit = on; SET join_collapse_limit = 5; BEGIN").await.unwrap();
        inspect(&client, &hidden).await.unwrap();
        for (setting, was) in [("jit", "on"), ("join_collapse_limit", "5"), ("from_collapse_limit", "8")] {
            let row = client.query_one(&format!("SHOW {setting}"), &[]).await.unwrap();
            assert_eq!(row.get::<_, &str>(0), was, "{setting}");
        }
        let row = client.query_one("SHOW search_path", &[]).await.unwrap();
        assert_eq!(row.get::<_, &str>(0), "app, public");
    }
}

/// The query for what few databases have is asked of those that have some: also where an extension brought the most of it.
#[tokio::test]
async fn others_are_asked_for_where_there_are_some() {
    for version in servers::versions() {
        let asked = async |sql: &str| {
            let database = servers::database(version);
            database.psql(sql);
            let answers = connect(&database.url()).await.simple_query(&super::message(&[])).await.unwrap();
            super::read::has_others(&super::super::rows_of(answers))
        };
        // The others of these servers have no extension that brings operators and casts.
        let extension = if version == servers::version() { "CREATE EXTENSION hstore" } else { "" };
        let usual = "CREATE TYPE mood AS ENUM ('a'); CREATE TYPE pair AS (a int, b mood); CREATE TYPE span AS RANGE (subtype = date);
             CREATE DOMAIN positive AS int CHECK (value > 0); CREATE TABLE a (id serial PRIMARY KEY, p pair, m mood[]);
             CREATE VIEW v AS SELECT * FROM a; CREATE MATERIALIZED VIEW w AS SELECT * FROM a; CREATE TABLE parts (at date) PARTITION BY RANGE (at);
             CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE SCHEMA app; CREATE UNLOGGED TABLE app.u (a int)";
        assert!(!asked(&format!("{usual}; {extension}")).await, "PostgreSQL {version}");
        let some = [
            "CREATE TYPE shell",
            "CREATE TYPE b; CREATE FUNCTION b_in(cstring) RETURNS b LANGUAGE internal STRICT AS 'int4in'; \
             CREATE FUNCTION b_out(b) RETURNS cstring LANGUAGE internal STRICT AS 'int4out'; \
             CREATE TYPE b (INPUT = b_in, OUTPUT = b_out, LIKE = int)",
            "CREATE OPERATOR === (FUNCTION = int4eq, LEFTARG = int, RIGHTARG = int)",
            "CREATE OPERATOR FAMILY few USING btree",
            "CREATE CAST (mood AS int) WITH INOUT",
            "CREATE COLLATION plain (locale = 'C')",
            "CREATE TEXT SEARCH CONFIGURATION mine (COPY = english)",
            "CREATE TEXT SEARCH DICTIONARY mine (TEMPLATE = simple)",
            "CREATE FOREIGN DATA WRAPPER w",
            "CREATE PUBLICATION all_of_them FOR ALL TABLES",
        ];
        for sql in some {
            assert!(asked(&format!("{usual}; {sql}")).await, "PostgreSQL {version}: {sql}");
        }
    }
}

/// The same schema, made by another route and in another order.
#[tokio::test]
async fn the_route_does_not_count() {
    let route = async |sql: &str| {
        let database = servers::database(servers::version());
        database.psql(sql);
        Fingerprint::of(&inspect(&connect(&database.url()).await, &[]).await.unwrap())
    };
    let one =
        "CREATE TABLE b (x int); CREATE TABLE a (id serial PRIMARY KEY, t text NOT NULL DEFAULT 'x', CHECK (t <> ''));
         CREATE INDEX a_t ON a (t)";
    let other = "CREATE SEQUENCE a_id_seq AS integer; CREATE TABLE a (id int, gone int, t varchar);
         ALTER TABLE a ALTER t TYPE text, ALTER t SET DEFAULT 'x', ALTER t SET NOT NULL, DROP gone;
         ALTER TABLE a ALTER id SET DEFAULT nextval('a_id_seq'), ADD PRIMARY KEY (id), ADD CHECK (t <> '');
         ALTER SEQUENCE a_id_seq OWNED BY a.id; CREATE TABLE c (x int); ALTER TABLE c RENAME TO b; CREATE INDEX i ON a (t);
         ALTER INDEX i RENAME TO a_t";
    assert_eq!(route(one).await, route(other).await);
    assert_ne!(route(one).await, route(&format!("{other}; ALTER TABLE a ALTER t DROP NOT NULL")).await);
}

/// Expressions that are printed in another way once they were read, and others: in checks, defaults, generated columns, indexes,
/// policies, views, rules, triggers, domains and bodies of functions.
const EXPRESSIONS: &str = r"
    CREATE DOMAIN state AS varchar(10) DEFAULT 'a' CHECK (VALUE IN ('a', 'b')) CHECK (VALUE NOT IN ('x', 'y') OR VALUE IS NULL);
    CREATE TABLE t (id int, s varchar(10), v varchar, c char(3), n numeric(9, 2), b bigint, f float8, a varchar[], st state, i cidr,
        d date, ts timestamptz, j jsonb,
        CHECK (s IN ('a', 'b')), CHECK (s NOT IN ('a', 'it''s, ]'')', E'tab\t')), CHECK (st IN ('a', 'b')), CHECK (c IN ('a', 'b')),
        CHECK (b IN (1, 2, -3)), CHECK (n IN (1, 2.5)), CHECK (i IN ('10.0.0.0/8', '10.1.0.0/16')), CHECK (s = ANY ('{a,b}')),
        CHECK (id BETWEEN 1 AND 5 AND s <> 'x'), CHECK (s <> 'x' AND id BETWEEN 1 AND 5 AND b > 2),
        CHECK (id BETWEEN 1 AND 5 AND b BETWEEN 1 AND 5 OR n BETWEEN 1 AND 2 AND f > 1), CHECK ((id > 1 OR b > 1) OR (n > 1 OR f > 1)),
        CHECK (id IN (1, b) OR f > 1), CHECK (id > 1 AND (b > 1 AND (n > 1 AND f > 1))), CHECK (NOT (id > 1 AND b > 1) AND f > 1),
        CHECK ((id, b) IN ((1, 2), (3, 4)) AND f > 1), CHECK (id BETWEEN SYMMETRIC 5 AND 1 OR f > 1), CHECK ((s, v) = ('a', 'b')),
        CHECK (CASE s WHEN 'a' THEN v IN ('a', 'b') ELSE s IN (v, 'c', 'd') END), CHECK (coalesce(s, 'x') IN ('a', 'b')),
        CHECK (s LIKE ANY (ARRAY['a%', 'b%'])), CHECK (s::text = ANY (ARRAY['a', v])), CHECK (a <@ ARRAY['a', 'b']::varchar[]),
        CHECK (a && ARRAY[s, 'b']), CHECK (s IN ('a'::varchar(10), upper('b'))), CHECK (s IS NULL OR s IN ('a', NULL, 'b')),
        CHECK (upper(s) IN ('A', 'B') AND lower(v) IN ('a', 'b')), CHECK (b = ANY (ARRAY[1, 2])), CHECK (s SIMILAR TO 'a|b'),
        CHECK (ts > '2020-01-01' AND d BETWEEN '2020-01-01' AND '2021-01-01' AND extract(year FROM d) IN (2020, 2021)),
        CHECK (j ->> 'k' IN ('a', 'b') AND (j -> 'k') IS NOT NULL AND trim(both FROM s) <> ''), CHECK (array_length(a, 1) > 1),
        CHECK (array_position(ARRAY['a', 'b'], s) > 0), CHECK (s IN ('a', 'b') IS TRUE), CHECK ((s IN ('a', 'b')) = (v IN ('a', 'b'))),
        CHECK (xor_of(s IN ('a', 'b') AND id > 1 AND (b > 1 OR n > 1), ARRAY[1, 2])));
    CREATE TABLE g (s varchar(10) DEFAULT 'x', z boolean GENERATED ALWAYS AS (s IN ('a', 'b')) STORED, y varchar[] DEFAULT ARRAY['a', 'b'],
        e boolean DEFAULT ('x'::varchar IN ('a', 'b')), x bigint[] DEFAULT ARRAY[1, 2], w bigint[] DEFAULT ARRAY[[1, 2], [3, 4]]);
    CREATE INDEX ON t (id) WHERE s IN ('a', 'b');
    CREATE INDEX ON t ((s IN ('a', 'b')), upper(v)) WHERE id BETWEEN 1 AND 5 AND s NOT IN ('a', 'b');
    CREATE STATISTICS st1 ON (s IN ('a', 'b')), id FROM t;
    CREATE POLICY p ON t USING (s IN ('a', 'b')) WITH CHECK (EXISTS (SELECT FROM g WHERE g.s IN ('a', 'b') AND g.y @> ARRAY[t.s]));
    CREATE VIEW v1 AS SELECT id, s IN ('a', 'b') AS k, CASE WHEN id BETWEEN 1 AND 5 AND s = 'x' THEN 1 END AS l, takes(ARRAY[1, 2]),
        sum(b) OVER (PARTITION BY s ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS m, ARRAY[1, 2] || b AS n
        FROM t WHERE s IN ('a', 'b') AND (v IN ('a', 'b') OR EXISTS (SELECT FROM g WHERE g.s NOT IN ('a', 'b') AND z)) AND f > 1;
    CREATE VIEW v2 AS SELECT t.id, g.s FROM t JOIN g ON t.s = g.s AND t.id BETWEEN 1 AND 5 LEFT JOIN t u USING (id)
        WHERE t.id BETWEEN 1 AND 5 AND g.s IN ('a', 'b') GROUP BY t.id, g.s HAVING count(*) BETWEEN 1 AND 5 AND max(t.s) IN ('a', 'b')
        UNION ALL SELECT 1, 'x' ORDER BY 1 LIMIT 5;
    CREATE MATERIALIZED VIEW v3 AS WITH w AS (SELECT s IN ('a', 'b') AS q FROM t) SELECT q, (SELECT s FROM g WHERE s IN ('a', 'b') LIMIT 1) FROM w WITH NO DATA;
    CREATE RULE r AS ON UPDATE TO t WHERE OLD.s IN ('a', 'b') AND NEW.id BETWEEN 1 AND 5 DO ALSO
        (DELETE FROM g WHERE s IN ('a', 'b'); INSERT INTO g (s, x) SELECT v, ARRAY[1, 2] FROM t WHERE id BETWEEN 1 AND 5 AND s = 'x');
    CREATE TRIGGER tr BEFORE UPDATE ON t FOR EACH ROW WHEN (NEW.s IN ('a', 'b') AND OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION kept();
    CREATE FUNCTION f1(k t, l bigint[] DEFAULT ARRAY[1, 2]) RETURNS boolean LANGUAGE sql BEGIN ATOMIC
        SELECT k.s IN ('a', 'b') OR k.id BETWEEN 1 AND 5 AND k.b = ANY (l); END;
    CREATE FUNCTION f2(s varchar) RETURNS boolean LANGUAGE sql RETURN s IN ('a', 'b');
    CREATE TABLE parts (s varchar(10), k int) PARTITION BY LIST ((s IN ('a', 'b')));
";

#[tokio::test]
async fn what_is_printed_and_read_again_is_the_same() {
    const FUNCTIONS: &str = "CREATE FUNCTION kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
        CREATE FUNCTION takes(bigint[]) RETURNS int LANGUAGE sql AS $$ SELECT 1 WHERE ((true AND true) AND (ARRAY['a'])::text[] <> '{}') $$;
        CREATE FUNCTION xor_of(boolean, bigint[]) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1';";
    for version in servers::versions() {
        let first = servers::database(version);
        first.psql(&format!("{FUNCTIONS}{EXPRESSIONS}"));
        let of_first = inspect(&connect(&first.url()).await, &[]).await.unwrap();
        if !first.can_dump() {
            println!("there is no pg_dump of {version}");
            continue;
        }
        let second = servers::database(version);
        second.psql(&first.dump());
        let of_second = inspect(&connect(&second.url()).await, &[]).await.unwrap();
        let fit = Alignment::of(&of_second, &of_first, &Ignore::default());
        let fitted = of_second.fitted(&fit, &of_first);
        assert_eq!(format!("{:#?}", diff(&of_first, &fitted)), "[]", "PostgreSQL {version}");
    }
}

/// A schema with every kind of object, and with every field of each.
const ALL_KINDS: &str = r#"
    COMMENT ON SCHEMA public IS 'home'; CREATE SCHEMA app; CREATE SCHEMA "Odd, one"; 
    CREATE TYPE mood AS ENUM ('a', 'it''s', 'back\\slash'); CREATE TYPE pair AS (x int, y varchar(3) COLLATE "C");
    CREATE TYPE span AS RANGE (subtype = float8, subtype_diff = float8mi);
    CREATE DOMAIN positive AS numeric(9, 2) DEFAULT 1 NOT NULL CONSTRAINT above CHECK (VALUE > 0); COMMENT ON CONSTRAINT above ON DOMAIN positive IS 'c';
    ALTER DOMAIN positive ADD CONSTRAINT later CHECK (VALUE < 1000) NOT VALID;
    CREATE SEQUENCE numbers AS integer START WITH 5 INCREMENT BY -2 MINVALUE -10 MAXVALUE 50 CACHE 3 CYCLE; GRANT USAGE ON SEQUENCE numbers TO all_kinds;
    CREATE TABLE parents (id bigint PRIMARY KEY, code text UNIQUE, k int, UNIQUE (id, k)) WITH (fillfactor = 70, toast.autovacuum_enabled = false);
    CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY (START WITH 7) CONSTRAINT t_pk PRIMARY KEY WITH (fillfactor = 80), n serial,
        d int GENERATED BY DEFAULT AS IDENTITY, g numeric GENERATED ALWAYS AS (n * 2) STORED, m mood DEFAULT 'a', p pair, q positive, s span,
        c text COLLATE "C" NOT NULL DEFAULT 'x, y', parent bigint REFERENCES parents ON UPDATE CASCADE ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
        "Odd, name" int, k int, CONSTRAINT pairs FOREIGN KEY (parent, k) REFERENCES parents (id, k) MATCH FULL,
        CONSTRAINT sound CHECK (n > 0 AND c <> '') NO INHERIT, CONSTRAINT alone EXCLUDE USING btree (c WITH =) WHERE (n > 1));
    ALTER TABLE t ADD CONSTRAINT unsure FOREIGN KEY (k) REFERENCES t (id) NOT VALID; ALTER TABLE t ADD CONSTRAINT doubt CHECK (k < 5) NOT VALID;
    ALTER TABLE t ALTER c SET STORAGE EXTERNAL, ALTER c SET COMPRESSION pglz, ALTER c SET STATISTICS 77, ALTER n SET (n_distinct = 5, n_distinct_inherited = 6);
    GRANT SELECT (n), UPDATE (n) ON t TO all_kinds WITH GRANT OPTION; GRANT INSERT ON t TO PUBLIC; COMMENT ON TABLE t IS E'two\nlines'; COMMENT ON COLUMN t.n IS 'n';
    ALTER TABLE t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; COMMENT ON INDEX t_pk IS 'i';
    CREATE UNIQUE INDEX "i, 1" ON t (n, c DESC NULLS LAST) INCLUDE (k) WHERE k > 1; CREATE INDEX i2 ON t (lower(c) text_pattern_ops, (n + 1));
    ALTER INDEX i2 ALTER COLUMN 1 SET STATISTICS 99, ALTER COLUMN 2 SET STATISTICS 98; CREATE UNIQUE INDEX i3 ON t (n); ALTER TABLE t REPLICA IDENTITY USING INDEX i3;
    CREATE INDEX "i, 2" ON t (k); CLUSTER t USING "i, 2"; ALTER TABLE parents REPLICA IDENTITY FULL;
    CREATE UNLOGGED TABLE loose (a int) WITH (autovacuum_enabled = false, fillfactor = 60); CREATE TABLE of_pair OF pair; ALTER TABLE loose REPLICA IDENTITY NOTHING;
    CREATE TABLE base (a int NOT NULL, b int, CHECK (a > 0)); CREATE TABLE child (a int, own int) INHERITS (base); CREATE TABLE "Odd, one".twice () INHERITS (base, loose);
    CREATE TABLE parts (id int, at date NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at); CREATE INDEX parts_at ON parts (at);
    CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM ('2020-01-01') TO ('2021-01-01'); CREATE TABLE parts_2 PARTITION OF parts DEFAULT;
    CREATE FUNCTION kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$; CREATE FUNCTION seen() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
    CREATE FUNCTION add(a int, b int DEFAULT 2) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT a + b'; CREATE PROCEDURE work(a int) LANGUAGE sql AS 'SELECT 1';
    CREATE AGGREGATE total(int) (sfunc = int4pl, stype = int, initcond = '0'); CREATE AGGREGATE any_of(*) (sfunc = int8inc, stype = int8, initcond = '0');
    GRANT EXECUTE ON FUNCTION add(int, int) TO all_kinds; COMMENT ON FUNCTION add(int, int) IS 'f';
    CREATE TRIGGER on_parts AFTER INSERT ON parts FOR EACH ROW EXECUTE FUNCTION kept(); ALTER TABLE parts_1 DISABLE TRIGGER on_parts;
    CREATE TRIGGER on_t BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION kept(); ALTER TABLE t ENABLE ALWAYS TRIGGER on_t; COMMENT ON TRIGGER on_t ON t IS 't';
    CREATE EVENT TRIGGER watched ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION seen(); ALTER EVENT TRIGGER watched DISABLE;
    CREATE VIEW v WITH (security_barrier = true) AS SELECT id, n FROM t WHERE n > 1 WITH LOCAL CHECK OPTION; ALTER VIEW v ALTER n SET DEFAULT 4; COMMENT ON VIEW v IS 'v';
    CREATE MATERIALIZED VIEW mv WITH (fillfactor = 50) AS SELECT c, n FROM t WITH NO DATA; CREATE UNIQUE INDEX mv_n ON mv (n); ALTER MATERIALIZED VIEW mv CLUSTER ON mv_n;
    CREATE RULE r AS ON DELETE TO parents DO ALSO NOTIFY gone; ALTER TABLE parents DISABLE RULE r;
    CREATE STATISTICS st (ndistinct) ON n, c FROM t; ALTER STATISTICS st SET STATISTICS 33; CREATE POLICY mine ON t AS RESTRICTIVE FOR UPDATE TO all_kinds USING (n > 1) WITH CHECK (n > 2);
    ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO all_kinds; ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT EXECUTE ON FUNCTIONS TO all_kinds WITH GRANT OPTION;
    CREATE FOREIGN DATA WRAPPER w; CREATE SERVER far FOREIGN DATA WRAPPER w OPTIONS (host 'a, b'); GRANT USAGE ON FOREIGN SERVER far TO all_kinds;
    CREATE FOREIGN TABLE ft (a int OPTIONS (x 'y, z') NOT NULL, b text DEFAULT 'q') SERVER far OPTIONS (f 'g'); CREATE CAST (mood AS int) WITH INOUT;
    CREATE OPERATOR === (FUNCTION = int4eq, LEFTARG = int, RIGHTARG = int); CREATE PUBLICATION pub FOR TABLE t; ALTER TABLE parents OWNER TO all_kinds; ALTER SCHEMA app OWNER TO all_kinds;
"#;

/// Databases and lock files have such fingerprints: whatever becomes of the types in which a catalog is kept, its canonical text stays, or
/// `WORDING` goes up.
#[tokio::test]
async fn the_text_that_is_hashed_stays() {
    for version in servers::versions() {
        let recorded = match version {
            14 => "sha256:0fad385784ceba1e4aacdd8b1af27f17f285e4a7a8302114076a5516b9147c1c",
            15 => "sha256:89e895636b8510b269db7c0d951a0ddf91504616b353546271aae2e139fac23f",
            18 => "sha256:53a9273e3b4b8f7615289f373fe39214d0c9b09f136b8ac802e0137fff9d2db4",
            _ => continue,
        };
        servers::roles(version, &["all_kinds"]);
        let database = servers::database(version);
        database.psql(ALL_KINDS);
        let catalog = inspect(&connect(&database.url()).await, &[]).await.unwrap();
        assert_eq!(Fingerprint::of(&catalog).to_string(), recorded, "PostgreSQL {version}");
    }
}
