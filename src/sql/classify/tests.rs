use std::borrow::Cow;

use super::super::{Control, Dialect, Name, Outside, Pragma, RowStatement, Shape, StatementKind, Strings};
use super::classify;

fn postgres(text: &str) -> StatementKind<'_> {
    classify(Dialect::Postgres, Strings::Standard, text)
}

fn sqlite(text: &str) -> StatementKind<'_> {
    classify(Dialect::Sqlite, Strings::Standard, text)
}

/// `a` or `schema.a`.
fn name(text: &'static str) -> Name<'static> {
    let (schema, name) = text.split_once('.').map_or((None, text), |(schema, name)| (Some(schema), name));
    Name { schema: schema.map(Cow::Borrowed), name: Cow::Borrowed(name) }
}

#[test]
fn transaction_control_of_postgres() {
    for (text, control) in [
        ("BEGIN", Control::Begin),
        ("begin work", Control::Begin),
        ("BEGIN /* c */ TRANSACTION", Control::Begin),
        ("START TRANSACTION", Control::Begin),
        ("BEGIN ISOLATION LEVEL SERIALIZABLE", Control::BeginWith),
        ("START TRANSACTION READ ONLY", Control::BeginWith),
        ("COMMIT", Control::Commit),
        ("END", Control::Commit),
        ("COMMIT WORK AND NO CHAIN", Control::Commit),
        ("COMMIT AND CHAIN", Control::CommitAndChain),
        ("END TRANSACTION AND CHAIN", Control::CommitAndChain),
        ("ROLLBACK", Control::Rollback),
        ("ABORT WORK", Control::Rollback),
        ("ROLLBACK AND CHAIN", Control::Rollback),
        ("PREPARE TRANSACTION 'x'", Control::Prepare),
        ("COMMIT PREPARED 'x'", Control::CommitPrepared),
        ("ROLLBACK PREPARED 'x'", Control::RollbackPrepared),
    ] {
        assert_eq!(postgres(text), StatementKind::Transaction(control), "{text}");
    }
}

#[test]
fn transaction_control_of_sqlite() {
    for (text, control) in [
        ("BEGIN", Control::Begin),
        ("BEGIN IMMEDIATE TRANSACTION", Control::Begin),
        ("COMMIT", Control::Commit),
        ("END TRANSACTION", Control::Commit),
        ("ROLLBACK TRANSACTION", Control::Rollback),
    ] {
        assert_eq!(sqlite(text), StatementKind::Transaction(control), "{text}");
    }
}

/// Tried on PostgreSQL 15: all of these run between BEGIN and ROLLBACK.
#[test]
fn ordinary_in_postgres() {
    for text in [
        "SELECT 1",
        "SAVEPOINT a",
        "RELEASE a",
        "ROLLBACK TO a",
        "ROLLBACK WORK TO SAVEPOINT a",
        "SET TRANSACTION READ ONLY",
        "SET search_path = a",
        "RESET search_path",
        "PREPARE transaction AS SELECT 1",
        "COPY t FROM '/tmp/stdin'",
        "COPY (SELECT a FROM stdin) TO '/tmp/x'",
        "REINDEX TABLE t",
        "REINDEX (VERBOSE, CONCURRENTLY false) TABLE t",
        "REINDEX (CONCURRENTLY 0) TABLE t",
        "CLUSTER t",
        "CLUSTER VERBOSE t USING i",
        "CLUSTER (VERBOSE) t",
        "CREATE INDEX i ON t (a)",
        "CREATE INDEX \"concurrently\" ON t (a)",
        "DROP INDEX i",
        "ALTER TABLE p DETACH PARTITION c",
        "ALTER TABLE p DETACH PARTITION c FINALIZE",
        "ALTER TYPE e RENAME VALUE 'a' TO 'b'",
        "ALTER DATABASE d SET work_mem = '5MB'",
        "ALTER SUBSCRIPTION s DISABLE",
        "ALTER SUBSCRIPTION s SET (slot_name = NONE)",
        "ALTER TABLESPACE s RESET (seq_page_cost)",
        "DISCARD TEMP",
        "ANALYZE",
        "CHECKPOINT",
        "DROP TABLE t",
        "\"BEGIN\"",
        "a_word_that_is_longer_than_any_keyword",
        "$$begin$$",
    ] {
        assert_eq!(postgres(text), StatementKind::Ordinary, "{text}");
    }
}

/// Tried on PostgreSQL 15: "cannot run inside a transaction block".
#[test]
fn outside_in_postgres() {
    let index = |index, table, if_not_exists| Outside::CreateIndexConcurrently { index, table, if_not_exists };
    for (text, outside) in [
        ("CREATE INDEX CONCURRENTLY i ON core.t (a)", index(Some(name("i")), name("core.t"), false)),
        ("create unique index concurrently on only T (a)", index(None, name("t"), false)),
        (
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS \"I\" ON \"Core\".\"T\" (a)",
            index(Some(name("I")), name("Core.T"), true),
        ),
        (
            "DROP INDEX CONCURRENTLY IF EXISTS a, B.\"C\" CASCADE",
            Outside::DropIndexConcurrently { indexes: vec![name("a"), name("b.C")] },
        ),
        ("REINDEX INDEX CONCURRENTLY i", Outside::ReindexConcurrently { relation: Some(name("i")) }),
        ("REINDEX (CONCURRENTLY) TABLE t", Outside::ReindexConcurrently { relation: Some(name("t")) }),
        ("REINDEX (VERBOSE, CONCURRENTLY true) TABLE t", Outside::ReindexConcurrently { relation: Some(name("t")) }),
        ("REINDEX SCHEMA s", Outside::Reindex),
        ("REINDEX (VERBOSE) DATABASE d", Outside::Reindex),
        ("REINDEX SYSTEM d", Outside::Reindex),
        (
            "ALTER TABLE IF EXISTS ONLY p DETACH PARTITION s.c CONCURRENTLY",
            Outside::DetachPartitionConcurrently { parent: name("p"), partition: name("s.c") },
        ),
        ("VACUUM (ANALYZE) t", Outside::Vacuum),
        ("CLUSTER", Outside::ClusterAll),
        ("CLUSTER VERBOSE", Outside::ClusterAll),
        ("CREATE DATABASE d", Outside::CreateDatabase { name: name("d") }),
        ("DROP DATABASE IF EXISTS d WITH (FORCE)", Outside::DropDatabase { name: name("d") }),
        ("ALTER DATABASE d SET TABLESPACE s", Outside::AlterDatabaseTablespace { name: name("d") }),
        ("CREATE TABLESPACE s LOCATION '/x'", Outside::CreateTablespace { name: name("s") }),
        ("DROP TABLESPACE s", Outside::DropTablespace { name: name("s") }),
        ("ALTER SYSTEM SET work_mem = '4MB'", Outside::AlterSystem),
        ("CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p", Outside::Subscription { name: name("s") }),
        ("ALTER SUBSCRIPTION s REFRESH PUBLICATION", Outside::Subscription { name: name("s") }),
        ("ALTER SUBSCRIPTION s SET PUBLICATION p", Outside::Subscription { name: name("s") }),
        ("ALTER SUBSCRIPTION s SET (failover = true)", Outside::Subscription { name: name("s") }),
        ("DROP SUBSCRIPTION s", Outside::Subscription { name: name("s") }),
        ("DISCARD ALL", Outside::DiscardAll),
    ] {
        assert_eq!(postgres(text), StatementKind::Outside(outside), "{text}");
    }
}

#[test]
fn the_rest_of_postgres() {
    for (text, kind) in [
        ("COPY core.t (a, \"from\") FROM stdin", StatementKind::CopyIn),
        ("copy t from /* c */ STDIN with csv", StatementKind::CopyIn),
        (
            "ALTER TYPE mood ADD VALUE IF NOT EXISTS 'it''s' BEFORE 'x'",
            StatementKind::AddEnumValue { type_name: name("mood"), value: "it's".into() },
        ),
        ("ALTER TYPE mood ADD VALUE $$a$$", StatementKind::AddEnumValue { type_name: name("mood"), value: "a".into() }),
    ] {
        assert_eq!(postgres(text), kind, "{text}");
    }
}

/// Tried on SQLite 3.40 inside BEGIN IMMEDIATE: these fail, or silently do nothing.
#[test]
fn outside_in_sqlite() {
    for text in ["VACUUM", "VACUUM main INTO 'x'", "DETACH x", "DETACH DATABASE x"] {
        assert!(matches!(sqlite(text), StatementKind::Outside(Outside::Vacuum | Outside::Detach)), "{text}");
    }
    for text in [
        "PRAGMA journal_mode = WAL",
        "PRAGMA main.journal_mode(delete)",
        "pragma Synchronous=off",
        "PRAGMA temp_store = 2",
        "PRAGMA wal_checkpoint",
        "PRAGMA wal_checkpoint(FULL)",
    ] {
        assert!(matches!(sqlite(text), StatementKind::Outside(Outside::Pragma(_))), "{text}");
    }
}

#[test]
fn ordinary_in_sqlite() {
    for text in [
        "SELECT 1",
        "SAVEPOINT a",
        "RELEASE SAVEPOINT a",
        "ROLLBACK TO a",
        "ROLLBACK TRANSACTION TO SAVEPOINT a",
        "ATTACH ':memory:' AS x",
        "INSERT INTO t VALUES (1)",
        "INSERT OR IGNORE INTO t VALUES (1)",
        "DROP INDEX i",
        "ALTER TABLE t RENAME COLUMN a TO b",
        "ALTER TABLE t RENAME a TO b",
        "ALTER TABLE t RENAME to TO b",
        "ALTER TABLE t DROP COLUMN a",
        "EXPLAIN DELETE FROM t",
        "WITH a AS (SELECT 1) SELECT * FROM a",
        "WITH \"delete\" AS (SELECT 1), replace(x) AS (SELECT 1) SELECT 1",
        "CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM b; END",
    ] {
        assert_eq!(sqlite(text), StatementKind::Ordinary, "{text}");
    }
}

#[test]
fn shapes_and_rows() {
    let table = || name("t");
    for (text, kind) in [
        ("DROP TABLE t", StatementKind::Shape(Shape::DropTable { name: table() })),
        ("drop table if exists main.[t]", StatementKind::Shape(Shape::DropTable { name: name("main.t") })),
        ("DROP TABLE 'T'", StatementKind::Shape(Shape::DropTable { name: name("T") })),
        ("ALTER TABLE `t` RENAME TO \"u\"", StatementKind::Shape(Shape::RenameTable { from: table(), to: name("u") })),
        ("DELETE FROM t", StatementKind::Rows(RowStatement::Delete { table: table() })),
        ("DELETE FROM main.t WHERE 1", StatementKind::Rows(RowStatement::Delete { table: name("main.t") })),
        ("REPLACE INTO t VALUES (1)", StatementKind::Rows(RowStatement::Replace { table: table() })),
        ("INSERT OR REPLACE INTO t VALUES (1)", StatementKind::Rows(RowStatement::Replace { table: table() })),
        ("UPDATE OR REPLACE t SET a = 1", StatementKind::Rows(RowStatement::Replace { table: table() })),
        ("UPDATE t SET a = 1", StatementKind::Rows(RowStatement::Update { table: table() })),
        ("UPDATE OR IGNORE t AS x SET a = 1", StatementKind::Rows(RowStatement::Update { table: table() })),
        ("WITH a AS (SELECT 1) DELETE FROM t", StatementKind::Rows(RowStatement::Delete { table: table() })),
        (
            "WITH RECURSIVE update(x) AS NOT MATERIALIZED (DELETE FROM y), b AS (SELECT 1) UPDATE t SET a = 1",
            StatementKind::Rows(RowStatement::Update { table: table() }),
        ),
        (
            "WITH a AS (SELECT ')') INSERT OR REPLACE INTO t SELECT 1",
            StatementKind::Rows(RowStatement::Replace { table: table() }),
        ),
    ] {
        assert_eq!(sqlite(text), kind, "{text}");
    }
}

#[test]
fn pragmas() {
    for (text, schema, name, value) in [
        ("PRAGMA foreign_keys", None, "foreign_keys", None),
        ("PRAGMA foreign_keys = OFF", None, "foreign_keys", Some("OFF")),
        ("PRAGMA foreign_keys=off", None, "foreign_keys", Some("off")),
        ("pragma main . user_version (7)", Some("main"), "user_version", Some("7")),
        ("PRAGMA cache_size = -2000", None, "cache_size", Some("-2000")),
        ("PRAGMA encoding = \"UTF-16\"", None, "encoding", Some("UTF-16")),
        ("PRAGMA table_info('a b' )", None, "table_info", Some("a b")),
    ] {
        let pragma = Pragma { schema: schema.map(Cow::Borrowed), name: name.into(), value: value.map(Cow::Borrowed) };
        assert_eq!(sqlite(text), StatementKind::Pragma(pragma), "{text}");
    }
    for (value, off) in [
        ("OFF", true),
        ("0", true),
        ("false", true),
        ("'no'", true),
        ("nonsense", true),
        ("-1", true),
        ("on", false),
        ("1", false),
        ("TRUE", false),
        ("yes", false),
    ] {
        let text = format!("PRAGMA foreign_keys = {value}");
        let StatementKind::Pragma(pragma) = sqlite(&text) else { panic!("{text}") };
        assert_eq!(pragma.switches_off(), off, "{text}");
    }
}

#[test]
fn what_is_copied_to_the_client_has_nobody_to_take_it() {
    for text in ["COPY t TO STDOUT", "COPY (SELECT 1) TO STDOUT WITH (FORMAT csv)"] {
        assert_eq!(postgres(text), StatementKind::CopyOut, "{text}");
    }
}
