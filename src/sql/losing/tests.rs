use super::*;
use crate::sql::{analyse, statements};

fn losses(losing: &mut Losing, script: &str) -> Vec<String> {
    let analysis = analyse(losing.dialect, script).unwrap();
    losing.next(analysis.statements_of(script).flatten(), &[]).iter().map(ToString::to_string).collect()
}

fn of(dialect: Dialect, script: &str) -> String {
    losses(&mut Losing::new(dialect), script).join(", ")
}

#[test]
fn what_both_databases_have() {
    for (script, lost) in [
        ("DROP TABLE orders", "table orders"),
        ("drop table if exists \"Orders\"", "table \"Orders\""),
        ("BEGIN; DROP TABLE a; DROP TABLE core.b; COMMIT", "table a, table core.b"),
        ("ALTER TABLE orders DROP COLUMN total", "column orders.total"),
        ("ALTER TABLE orders DROP total", "column orders.total"),
        ("DELETE FROM orders", "table orders"),
        ("DELETE FROM orders WHERE id = 1", "table orders"),
        ("DROP VIEW v; DROP INDEX i; DROP TRIGGER t", ""),
        ("ALTER TABLE orders RENAME TO sales", ""),
        ("SELECT 'DROP TABLE orders'; -- DROP TABLE a", ""),
        ("CREATE TABLE t (a int); DROP TABLE t", ""),
        ("CREATE TABLE t (a int); ALTER TABLE t DROP COLUMN a", ""),
        ("ALTER TABLE t ADD COLUMN a int; ALTER TABLE t DROP COLUMN a", ""),
        ("DROP TABLE t; CREATE TABLE t (a int)", "table t"),
        ("CREATE TABLE IF NOT EXISTS t (a int); DROP TABLE t", "table t"),
    ] {
        for dialect in [Dialect::Sqlite, Dialect::Postgres] {
            assert_eq!(of(dialect, script), lost, "{dialect} {script}");
        }
    }
}

/// What of a dropped table is told to be kept: `*` is all of it.
fn kept(dialect: Dialect, script: &str) -> String {
    let analysis = analyse(dialect, script).unwrap();
    let lost = Losing::new(dialect).risks(analysis.statements_of(script).flatten(), &[]);
    let told = lost.risks.iter().map(|risk| match &risk.measure {
        Measure::Except(copied) => {
            let columns = copied.columns.as_ref().map_or("*".to_owned(), |columns| columns.join(" "));
            let order = copied.in_order.as_ref().map_or("", |_| " in order");
            format!("{} but {columns}{order} in {}", risk.loss, copied.kept_in.plain())
        }
        _ => risk.loss.to_string(),
    });
    told.collect::<Vec<_>>().join(", ")
}

#[test]
fn an_exact_copy_is_kept() {
    for (script, lost) in [
        (
            "CREATE TABLE new (a, b); INSERT INTO new (a, b) SELECT a, b FROM t; DROP TABLE t; ALTER TABLE new RENAME TO t",
            "table t but a b in t",
        ),
        // By place: the names of the columns are compared with those that the table has.
        (
            "CREATE TABLE new (a, b); INSERT INTO new SELECT * FROM t; DROP TABLE t; ALTER TABLE new RENAME TO t",
            "table t but a b in order in t",
        ),
        (
            "CREATE TABLE new (a, b, CHECK (a > b)); INSERT INTO new SELECT a, b FROM t; DROP TABLE t; ALTER TABLE new RENAME TO t",
            "table t but a b in t",
        ),
        (
            "CREATE TABLE new (a, b); INSERT INTO new SELECT b, a FROM t; DROP TABLE t; ALTER TABLE new RENAME TO t",
            "table t but  in t",
        ),
        // What is computed is no copy; columns that are new may be.
        (
            "CREATE TABLE new (a, b); INSERT INTO new (a, b) SELECT a, CAST(b AS TEXT) FROM t; DROP TABLE t; \
             ALTER TABLE new RENAME TO t",
            "table t but a in t",
        ),
        // Under the names that the table and its columns had.
        (
            "ALTER TABLE w RENAME TO t; CREATE TABLE new (a, b); INSERT INTO new (a, b) SELECT a, b FROM t; DROP TABLE t; \
             ALTER TABLE new RENAME TO t",
            "table t but a b in t, table w but a b in t",
        ),
        (
            "ALTER TABLE t RENAME COLUMN c TO b; CREATE TABLE new (a, b); INSERT INTO new (a, b) SELECT a, b FROM t; DROP TABLE t; \
             ALTER TABLE new RENAME TO t",
            "table t but a c in t",
        ),
        (
            "ALTER TABLE t RENAME COLUMN b TO x; ALTER TABLE t RENAME COLUMN a TO b; ALTER TABLE t RENAME COLUMN x TO a; CREATE TABLE new (a, b); \
             INSERT INTO new SELECT * FROM t; DROP TABLE t; ALTER TABLE new RENAME TO t",
            "table t but b a in order in t",
        ),
        (
            "ALTER TABLE t RENAME TO old; CREATE TABLE t (a); INSERT INTO t (a) SELECT a FROM old ORDER BY a; DROP TABLE old",
            "table old but a in t, table t but a in t",
        ),
        (
            "CREATE TABLE kept AS SELECT * FROM t; DROP TABLE t; CREATE TABLE t (a); INSERT INTO t (a) SELECT a FROM kept; \
             DROP TABLE kept",
            "table t but a in t",
        ),
        (
            "CREATE TABLE new (a, b); INSERT INTO new (a, b) SELECT a, coalesce(b, -1) FROM t; DROP TABLE t; ALTER TABLE new RENAME TO t",
            "table t but a b in t",
        ),
        (
            "CREATE TABLE new (a, b); INSERT INTO new SELECT ifnull(t.a, 'x') AS a, coalesce(b, NULL, 1.5) FROM t; DROP TABLE t; \
             ALTER TABLE new RENAME TO t",
            "table t but a b in t",
        ),
        // What has another type, or another value, or is no column.
        (
            "CREATE TABLE new (a, b); INSERT INTO new SELECT coalesce(a, b), coalesce(a, 1) || 'x' FROM t; DROP TABLE t; \
             ALTER TABLE new RENAME TO t",
            "table t but  in t",
        ),
        (
            "CREATE TABLE new (a, b); INSERT INTO new SELECT coalesce('a', 1), coalesce(b, 1::float8) FROM t; DROP TABLE t; \
             ALTER TABLE new RENAME TO t",
            "table t but  in t",
        ),
        (
            "CREATE TABLE new (a, b); INSERT INTO new SELECT nullif(a, 1), coalesce(b, now()) FROM t; DROP TABLE t; \
             ALTER TABLE new RENAME TO t",
            "table t",
        ),
        (
            "CREATE TABLE new AS SELECT a, coalesce(b, 1) FROM t; DROP TABLE t; ALTER TABLE new RENAME TO t",
            "table t but a in t",
        ),
        (
            "CREATE TABLE new AS SELECT a, coalesce(b, 1) AS b FROM t; DROP TABLE t; ALTER TABLE new RENAME TO t",
            "table t but a b in t",
        ),
        ("CREATE TABLE new AS SELECT * FROM t; DROP TABLE t; ALTER TABLE new RENAME TO t", "table t but * in t"),
        ("CREATE TABLE new AS SELECT b, a FROM t; DROP TABLE t; ALTER TABLE new RENAME TO t", "table t but b a in t"),
    ] {
        for dialect in [Dialect::Sqlite, Dialect::Postgres] {
            assert_eq!(kept(dialect, script), lost, "{script}");
        }
    }
    let script = "CREATE TABLE Main.new (a); INSERT INTO new (A) SELECT A FROM main.T; DROP TABLE t; ALTER TABLE new RENAME TO T";
    assert_eq!(kept(Dialect::Sqlite, script), "table t but A in \"T\"");
}

#[test]
fn what_is_no_exact_copy_is_lost() {
    let rename = "DROP TABLE t; ALTER TABLE new RENAME TO t";
    for copy in [
        "",
        "INSERT INTO new SELECT a FROM t WHERE a > 1;",
        "INSERT INTO new SELECT a FROM t LIMIT 10;",
        "INSERT INTO new SELECT DISTINCT a FROM t;",
        "INSERT INTO new SELECT a FROM t JOIN u ON true;",
        "INSERT INTO new SELECT a FROM t, u;",
        "INSERT INTO new SELECT a FROM t GROUP BY a;",
        "INSERT INTO new SELECT a FROM t UNION SELECT a FROM u;",
        "INSERT INTO new SELECT max(a) FROM t;",
        "INSERT INTO new SELECT a FROM t ORDER BY a LIMIT 1;",
        "INSERT INTO new SELECT a FROM (SELECT a FROM t WHERE false);",
        "INSERT OR IGNORE INTO new SELECT a FROM t;",
        "INSERT OR REPLACE INTO new SELECT a FROM t;",
        "INSERT INTO new SELECT a FROM t ON CONFLICT DO NOTHING;",
        "INSERT INTO new SELECT a FROM t; DELETE FROM new WHERE a = 1;",
        "INSERT INTO new SELECT a FROM t; UPDATE new SET a = 1;",
        "CREATE TRIGGER g BEFORE INSERT ON new BEGIN SELECT raise(IGNORE); END; INSERT INTO new SELECT a FROM t;",
        "INSERT INTO other.new SELECT a FROM t;",
        "INSERT INTO new SELECT a FROM other.t;",
        "INSERT INTO new SELECT 'a' FROM t WHERE 1;",
    ] {
        let script = format!("CREATE TABLE new (a); {copy} {rename}");
        assert_eq!(kept(Dialect::Sqlite, &script), "table t", "{script}");
    }
    for script in [
        "DROP TABLE t; CREATE TABLE t (a); INSERT INTO t SELECT a FROM t",
        "CREATE TABLE u (a); INSERT INTO u SELECT a FROM t; DROP TABLE t",
        "CREATE TABLE archive.t AS SELECT * FROM t; DROP TABLE t",
        "CREATE TABLE kept AS SELECT * FROM t; DELETE FROM kept WHERE a = 1; DROP TABLE t; ALTER TABLE kept RENAME TO t",
        "CREATE TABLE new AS SELECT * FROM t; DROP TABLE t; ALTER TABLE new RENAME TO t; DROP TABLE t",
    ] {
        for dialect in [Dialect::Sqlite, Dialect::Postgres] {
            assert_eq!(kept(dialect, script), "table t", "{script}");
        }
    }
    for script in [
        "CREATE TABLE new AS SELECT * FROM t; SET search_path = b; DROP TABLE t; ALTER TABLE new RENAME TO t",
        "CREATE TABLE new AS SELECT * FROM t; DO $$ x $$; DROP TABLE t; ALTER TABLE new RENAME TO t",
        "CREATE TABLE new (a int); INSERT INTO new SELECT a FROM ONLY t; DROP TABLE t; ALTER TABLE new RENAME TO t",
    ] {
        assert!(kept(Dialect::Postgres, script).contains("table t"), "{script}");
        assert!(!kept(Dialect::Postgres, script).contains("but"), "{script}");
    }
}

#[test]
fn whatever_writes_rows_is_seen() {
    let seen = |dialect: Dialect, script: &str| {
        let analysis = analyse(dialect, script).unwrap();
        let lost = Losing::new(dialect).next(analysis.statements_of(script).flatten(), &[]);
        lost.iter().map(Loss::directive).collect::<Vec<_>>().join(", ")
    };
    for (script, lost) in [
        ("DELETE FROM t WHERE true", "rows t deleted"),
        ("DELETE FROM t WHERE id IN (SELECT 1) RETURNING id", "rows t deleted"),
        ("UPDATE t SET a = a + 5", "rows t changed"),
        ("WITH g AS (SELECT 1) DELETE FROM t", "rows t deleted"),
        ("INSERT INTO t VALUES (1) ON CONFLICT (a) DO UPDATE SET b = 1", "rows t changed"),
        ("INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING", ""),
        ("INSERT INTO t SELECT * FROM u", ""),
        ("CREATE TABLE t (a int); DELETE FROM t; UPDATE t SET a = 1", ""),
        ("ALTER TABLE t ADD b int; UPDATE t SET b = a", ""),
        ("ALTER TABLE t ADD b int; UPDATE t SET b = a, a = 1", "rows t changed"),
        ("ALTER TABLE u ADD b int; UPDATE t SET b = a", "rows t changed"),
    ] {
        for dialect in [Dialect::Sqlite, Dialect::Postgres] {
            assert_eq!(seen(dialect, script), lost, "{dialect} {script}");
        }
    }
    for (script, lost) in [
        ("INSERT OR REPLACE INTO t VALUES (1)", "rows t deleted"),
        ("REPLACE INTO t VALUES (1)", "rows t deleted"),
        ("UPDATE OR REPLACE t SET a = 1", "rows t deleted, rows t changed"),
        ("DELETE FROM sqlite_sequence WHERE name = 't'", ""),
        ("DELETE FROM sqlite_schema", "rows sqlite_schema deleted"),
        ("UPDATE t SET [a] = 1 WHERE \"b\" = 2", "rows t changed"),
    ] {
        assert_eq!(seen(Dialect::Sqlite, script), lost, "{script}");
    }
    for (script, lost) in [
        ("WITH g AS (DELETE FROM t RETURNING *) INSERT INTO u SELECT * FROM g", "rows t deleted"),
        ("MERGE INTO t USING u ON true WHEN MATCHED THEN DELETE", "rows t deleted, rows t changed"),
        ("EXPLAIN ANALYZE DELETE FROM t", "rows t deleted"),
        ("COPY (DELETE FROM t RETURNING 1) TO STDOUT", "rows t deleted"),
        ("CREATE TABLE x AS WITH g AS (DELETE FROM t RETURNING *) SELECT * FROM g", "rows t deleted"),
        ("SELECT * FROM t FOR UPDATE", ""),
        ("SELECT set_config('a.b', '', false)", ""),
        ("DO $$ x $$", "other: what a DO block does is not in its text"),
        ("CALL p()", "other: what a procedure does is not in its text"),
        ("SELECT purge(1)", "other: what function purge does is not in its text"),
        (
            "ALTER TABLE t ALTER b SET DATA TYPE varchar(3) USING left(b, 3), ADD c int",
            "column t.b converted to varchar(3)",
        ),
        (
            "ALTER TYPE addr DROP ATTRIBUTE zip CASCADE",
            "other: attribute addr.zip is dropped or converted in every row",
        ),
        ("CREATE FUNCTION f() RETURNS void AS $$ DELETE FROM t $$ LANGUAGE sql", ""),
        ("CREATE RULE r AS ON INSERT TO t DO INSTEAD DELETE FROM t", ""),
    ] {
        assert_eq!(seen(Dialect::Postgres, script), lost, "{script}");
    }
}

#[test]
fn a_plain_condition_is_asked_as_it_stands() {
    let taken = |script: &str| {
        let analysis = analyse(Dialect::Postgres, script).unwrap();
        let lost = Losing::new(Dialect::Postgres).risks(analysis.statements_of(script).flatten(), &[]);
        match &lost.risks[0].measure {
            Measure::Where(Taken { from, condition }) => format!("{from}|{}", condition.as_deref().unwrap_or("-")),
            other => format!("{other:?}"),
        }
    };
    assert_eq!(
        taken("DELETE FROM ONLY a.t AS x WHERE x.b = 'y' AND (c > 1) RETURNING *"),
        "ONLY a.t AS x|x.b = 'y' AND (c > 1)"
    );
    assert_eq!(taken("DELETE FROM t"), "t|-");
    assert_eq!(taken("UPDATE t u SET (a, b) = (1, 2) WHERE c IS NULL"), "t u|c IS NULL");
    for query in
        ["DELETE FROM t USING u WHERE a", "UPDATE t SET a = 1 FROM u WHERE b", "DELETE FROM t WHERE EXISTS (SELECT 1)"]
    {
        assert_eq!(taken(query), "Step", "{query}");
    }
}

#[test]
fn what_postgres_has() {
    for (script, lost) in [
        ("DROP TABLE a, core.b CASCADE", "table a, table core.b"),
        ("DROP TABLE Orders", "table orders"),
        (
            "ALTER TABLE IF EXISTS ONLY orders * DROP COLUMN IF EXISTS \"A\" CASCADE, ADD x numeric(3, 2), DROP b",
            "column orders.\"A\", column orders.b",
        ),
        ("ALTER TABLE t DROP CONSTRAINT c, ALTER COLUMN a DROP NOT NULL, ALTER b DROP DEFAULT", ""),
        ("TRUNCATE a, ONLY b RESTART IDENTITY", "table a, table b"),
        ("TRUNCATE TABLE a CASCADE", "table a, tables that refer to a are emptied too"),
        ("DROP SCHEMA core", ""),
        ("DROP SCHEMA core CASCADE", "schema core is dropped with everything that depends on it"),
        ("DROP TYPE mood CASCADE", "type mood is dropped with everything that depends on it"),
        ("DELETE FROM ONLY a USING b", "table a"),
        ("ALTER TABLE t RENAME CONSTRAINT a TO b", ""),
        ("SET LOCAL search_path TO core, 'Audit'; DROP TABLE t", "table t, table core.t, table \"Audit\".t"),
        ("SET search_path = core; ALTER TABLE t DROP a", "column t.a, column core.t.a"),
        ("SET lock_timeout = 1; DROP TABLE a.t", "table a.t"),
    ] {
        assert_eq!(of(Dialect::Postgres, script), lost, "{script}");
    }
    assert_eq!(
        of(Dialect::Sqlite, "ALTER TABLE only DROP COLUMN a; DROP TABLE truncate"),
        "table truncate, column only.a"
    );
}

#[test]
fn a_later_script_drops_what_an_earlier_one_renames() {
    let mut losing = Losing::new(Dialect::Postgres);
    assert_eq!(
        losses(&mut losing, "ALTER TABLE sales RENAME TO orders; ALTER TABLE orders RENAME x TO total"),
        [""; 0]
    );
    assert_eq!(losses(&mut losing, "ALTER TABLE core.items SET SCHEMA public; ALTER SCHEMA a RENAME TO b"), [""; 0]);
    assert_eq!(losses(&mut losing, "DROP TABLE orders"), ["table orders", "table sales"]);
    assert_eq!(losses(&mut losing, "DROP TABLE public.items"), ["table public.items", "table core.items"]);
    assert_eq!(losses(&mut losing, "DROP TABLE b.t"), ["table b.t", "table a.t"]);
    let columns = losses(&mut losing, "ALTER TABLE orders DROP total");
    assert_eq!(columns, ["column orders.total", "column orders.x", "column sales.total", "column sales.x"]);
    let other = || statements(Dialect::Postgres, "DROP TABLE other").flatten();
    let said = [Loss::Rows { table: Name { schema: None, name: "orders".into() } }];
    let lost = losing.next(other(), &said);
    // What the head says adds to what the statements show.
    assert_eq!(
        lost.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["table other", "table orders", "table sales"]
    );
    assert_eq!(losing.next(other(), &[]).len(), 1);
}

#[test]
fn a_rebuild_between_leaves_the_name() {
    let mut losing = Losing::new(Dialect::Sqlite);
    let rebuild = "CREATE TABLE new (a); INSERT INTO new SELECT a FROM t; DROP TABLE t; ALTER TABLE new RENAME TO t";
    assert_eq!(losses(&mut losing, rebuild), [""; 0]);
    assert_eq!(kept(Dialect::Sqlite, rebuild), "table t but a in t");
    assert_eq!(losses(&mut losing, "DROP TABLE t"), ["table t"]);
}
