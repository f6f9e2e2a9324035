use super::*;
use crate::sql::{analyse, statements};

fn losses(losing: &mut Losing, script: &str) -> Vec<String> {
    let analysis = analyse(losing.dialect, script).unwrap();
    losing.next(analysis.statements_of(script).flatten(), None).iter().map(ToString::to_string).collect()
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
        ("DELETE FROM orders WHERE id = 1", ""),
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

#[test]
fn a_table_that_is_rebuilt_is_not_lost() {
    for script in [
        "CREATE TABLE new (a); INSERT INTO new SELECT a FROM t; DROP TABLE t; ALTER TABLE new RENAME TO t",
        "ALTER TABLE t RENAME TO old; CREATE TABLE t (a); INSERT INTO t (a) SELECT a FROM old; DROP TABLE old",
        "CREATE TABLE kept AS SELECT * FROM t; DROP TABLE t; CREATE TABLE t (a); INSERT INTO t SELECT * FROM kept; \
         DROP TABLE kept",
        "DROP TABLE IF EXISTS \"T\"; DROP TABLE t",
    ] {
        let lost = of(Dialect::Sqlite, script);
        assert_eq!(lost, if script.starts_with("DROP") { "table \"T\", table t" } else { "" }, "{script}");
    }
    for (script, lost) in [
        // Nothing, or not everything, is copied; or it is not made again.
        ("CREATE TABLE new (a); DROP TABLE t; ALTER TABLE new RENAME TO t", "table t"),
        (
            "CREATE TABLE new (a); INSERT INTO new SELECT a FROM t WHERE a > 1; DROP TABLE t; ALTER TABLE new RENAME TO t",
            "table t",
        ),
        ("DROP TABLE t; CREATE TABLE t (a); INSERT INTO t SELECT a FROM t", "table t"),
        ("INSERT INTO u SELECT a FROM t; DROP TABLE t", "table t"),
    ] {
        assert_eq!(of(Dialect::Sqlite, script), lost, "{script}");
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
        ("DELETE FROM ONLY a USING b", ""),
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
    let lost = losing.next(other(), Some(&said));
    assert_eq!(lost.iter().map(ToString::to_string).collect::<Vec<_>>(), ["table orders", "table sales"]);
    assert_eq!(losing.next(other(), Some(&[])), []);
}

#[test]
fn a_rebuild_between_leaves_the_name() {
    let mut losing = Losing::new(Dialect::Sqlite);
    let rebuild = "CREATE TABLE new (a); INSERT INTO new SELECT a FROM t; DROP TABLE t; ALTER TABLE new RENAME TO t";
    assert_eq!(losses(&mut losing, rebuild), [""; 0]);
    assert_eq!(losses(&mut losing, "DROP TABLE t"), ["table t"]);
}
