//! Whatever an application does to its rows, each key that is gone, new or has another row is among those that were noted.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::test_runner::Config;
use rusqlite::Connection;

use super::*;
use crate::catalog::ObjectName;
use crate::convert::OwnedStored;
use crate::convert::{ColumnRule, ConvertOptions, StoredValue, TargetType};
use crate::transfer::source::{SourceRow as _, SqliteRow};
use crate::transfer::{ColumnMove, RowName};

/// A table, and the statements that are run on it; `?1` to `?3` are small numbers.
struct Shape {
    schema: &'static str,
    columns: &'static [&'static str],
    /// Which of the columns are the key.
    key: &'static [usize],
    has_rowid: bool,
    statements: &'static [&'static str],
}

const PLAIN: &[&str] = &[
    "INSERT OR IGNORE INTO t (a, b, c) VALUES (?1, ?2, ?3)",
    "INSERT OR REPLACE INTO t (a, b, c) VALUES (?1, ?2, ?3)",
    "REPLACE INTO t (a, b, c) SELECT a + 1, b, c FROM t WHERE a < ?1 AND ?2 IS NOT ?3",
    "INSERT INTO t (a, b, c) VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET c = excluded.c, b = b",
    "UPDATE OR REPLACE t SET b = ?2 WHERE a = ?1 AND ?3 > -1",
    "UPDATE OR IGNORE t SET a = a + ?1 WHERE c = ?2 AND ?3 > -1",
    "UPDATE OR REPLACE t SET a = ?2, b = ?3 WHERE a = ?1",
    "UPDATE t SET c = ?3 WHERE b = ?2 AND ?1 > -1",
    "DELETE FROM t WHERE a = ?1 AND ?2 + ?3 > -1",
    "DELETE FROM t WHERE ?1 = 7 AND ?2 = 7 AND ?3 < 99",
];

const SHAPES: &[Shape] = &[
    Shape {
        schema: "CREATE TABLE t (a INTEGER PRIMARY KEY, b UNIQUE, c)",
        columns: &["a", "b", "c"],
        key: &[0],
        has_rowid: true,
        statements: PLAIN,
    },
    // The target's key is another one than SQLite's.
    Shape {
        schema: "CREATE TABLE t (a INTEGER PRIMARY KEY, b NOT NULL UNIQUE, c)",
        columns: &["a", "b", "c"],
        key: &[1],
        has_rowid: true,
        statements: PLAIN,
    },
    Shape {
        schema: "CREATE TABLE t (a, b, c, PRIMARY KEY (a, b), UNIQUE (c)) WITHOUT ROWID",
        columns: &["a", "b", "c"],
        key: &[0, 1],
        has_rowid: false,
        statements: PLAIN,
    },
    Shape {
        schema: "CREATE TABLE t (a TEXT PRIMARY KEY, b, c); CREATE UNIQUE INDEX some ON t (b, c) WHERE c > 2 AND t.b IS NOT NULL",
        columns: &["a", "b", "c"],
        key: &[0],
        has_rowid: true,
        statements: PLAIN,
    },
    Shape {
        schema: "CREATE TABLE t (a PRIMARY KEY, b, c); CREATE UNIQUE INDEX some ON t (b % 3, abs(c)) ; \
                 CREATE UNIQUE INDEX other ON t (b + c) WHERE a > 1",
        columns: &["a", "b", "c"],
        key: &[0],
        has_rowid: true,
        statements: PLAIN,
    },
    Shape {
        schema: "CREATE TABLE t (a PRIMARY KEY, b, c, g AS (b * 2) UNIQUE, s AS (c + a) STORED); CREATE UNIQUE INDEX some ON t (s)",
        columns: &["a", "b", "c"],
        key: &[0],
        has_rowid: true,
        statements: PLAIN,
    },
    // Names of columns are words, and hide the rowid's.
    Shape {
        schema: "CREATE TABLE t (a TEXT COLLATE NOCASE PRIMARY KEY, \"select\" TEXT COLLATE RTRIM UNIQUE, rowid); \
                 CREATE UNIQUE INDEX some ON t (\"select\" COLLATE NOCASE)",
        columns: &["a", "select", "rowid"],
        key: &[0],
        has_rowid: true,
        statements: &[
            "INSERT OR REPLACE INTO t (a, \"select\", rowid) VALUES (char(97 + ?1), char(65 + ?2 % 3) || substr('  ', 1, ?3 % 3), ?3)",
            "INSERT OR REPLACE INTO t (a, \"select\", rowid) VALUES (char(65 + ?1), char(97 + ?2 % 3), ?3)",
            "UPDATE OR REPLACE t SET a = char(65 + ?2) WHERE a = char(97 + ?1) AND ?3 > -1",
            "UPDATE OR REPLACE t SET a = upper(a), \"select\" = upper(\"select\") WHERE rowid = ?1 AND ?2 + ?3 > -1",
            "UPDATE OR REPLACE t SET _rowid_ = ?2 WHERE rowid = ?1 AND ?3 > -1",
            "DELETE FROM t WHERE a = char(97 + ?1) AND ?2 + ?3 > -1",
        ],
    },
    // Cascades, and triggers of the application that write to the same table.
    Shape {
        schema: "CREATE TABLE t (a INTEGER PRIMARY KEY, b REFERENCES t ON DELETE CASCADE ON UPDATE CASCADE, c REFERENCES t ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED); \
                 CREATE TRIGGER app AFTER INSERT ON t WHEN NEW.a % 4 = 3 BEGIN INSERT OR REPLACE INTO t (a) VALUES (NEW.a + 1); UPDATE t SET b = NULL WHERE a = NEW.a - 1; END",
        columns: &["a", "b", "c"],
        key: &[0],
        has_rowid: true,
        statements: &[
            "INSERT OR REPLACE INTO t (a, b, c) VALUES (?1, (SELECT a FROM t WHERE a <= ?2 ORDER BY a DESC LIMIT 1), (SELECT max(a) FROM t WHERE a <= ?3))",
            "DELETE FROM t WHERE a = ?1 AND ?2 + ?3 > -1",
            "UPDATE OR REPLACE t SET a = ?2 WHERE a = ?1 AND ?3 > -1",
            "UPDATE t SET b = (SELECT min(a) FROM t WHERE a > ?2) WHERE a = ?1 AND ?3 > -1",
            "REPLACE INTO t (a) VALUES (?1), (?2), (?3)",
        ],
    },
];

fn plan(shape: &Shape) -> MovePlan {
    let column = |name: &&str| ColumnMove {
        name: (*name).to_owned(),
        target: (*name).to_owned(),
        rule: ColumnRule { target: TargetType::Text, may_be_null: true, options: ConvertOptions::default() },
        given: Vec::new(),
    };
    let is_hidden = shape.columns.contains(&"rowid");
    let rowid = if is_hidden { "_rowid_" } else { "rowid" };
    let table = TableMove {
        name: "t".to_owned(),
        target: ObjectName { schema: None, owner: None, name: "t".to_owned() },
        columns: shape.columns.iter().map(column).collect(),
        computed: Vec::new(),
        uniques: Vec::new(),
        row_name: RowName { rowid: shape.has_rowid.then_some(rowid), key: vec!["a".to_owned()] },
        key: Some(shape.key.to_vec()),
    };
    MovePlan { tables: vec![table], left: Vec::new(), keys: Vec::new(), moment: 0 }
}

/// The rows by their keys, as texts: all rows of each key.
fn rows(connection: &Connection, table: &TableMove) -> BTreeMap<String, Vec<String>> {
    let columns: Vec<String> = table.columns.iter().map(|column| format!("\"{}\"", column.name)).collect();
    let mut statement = connection.prepare(&format!("SELECT {} FROM t ORDER BY 1, 2, 3", columns.join(", "))).unwrap();
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut all = statement.query([]).unwrap();
    while let Some(row) = all.next().unwrap() {
        let text = |at: usize| format!("{:?}", row.get_ref(at).unwrap());
        let key: Vec<String> = table.key.iter().flatten().map(|at| text(*at)).collect();
        found.entry(key.join(" ")).or_default().push((0..columns.len()).map(text).collect::<Vec<_>>().join(" "));
    }
    found
}

fn noted(capture: &Capture, connection: &Connection, table: &TableMove, after: i64) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    let shown = |value: &StoredValue<'_>| match value {
        StoredValue::Null => format!("{:?}", rusqlite::types::ValueRef::Null),
        StoredValue::Integer(value) => format!("{:?}", rusqlite::types::ValueRef::Integer(*value)),
        StoredValue::Real(value) => format!("{:?}", rusqlite::types::ValueRef::Real(*value)),
        StoredValue::Text(bytes) => format!("{:?}", rusqlite::types::ValueRef::Text(bytes)),
        StoredValue::Blob(bytes) => format!("{:?}", rusqlite::types::ValueRef::Blob(bytes)),
    };
    let mut visit = |key: &[StoredValue<'_>]| {
        keys.insert(key.iter().map(shown).collect::<Vec<_>>().join(" "));
        Ok(())
    };
    capture.keys(connection, table, after, &mut visit).unwrap();
    keys
}

fn check(shape: &Shape, recursive: bool, work: &[(usize, i64, i64, i64)]) {
    let mut connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(shape.schema).unwrap();
    connection.execute_batch(&format!("PRAGMA foreign_keys = on; PRAGMA recursive_triggers = {recursive}")).unwrap();
    let plan = plan(shape);
    let table = &plan.tables[0];
    let capture = Capture::beside("schema_migrations");
    capture.install(&mut connection, &plan).unwrap();
    let (mut before, mut after) = (rows(&connection, table), 0);
    for chunk in work.chunks(3) {
        for (which, one, two, three) in chunk {
            let sql = shape.statements[which % shape.statements.len()];
            // What a constraint refuses changes nothing.
            let _ = connection.execute(sql, [one, two, three]);
        }
        let now = rows(&connection, table);
        let keys = noted(&capture, &connection, table, after);
        let all: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
        for key in all {
            assert!(
                before.get(key) == now.get(key) || keys.contains(key),
                "{}: {key} of {chunk:?}: {before:?} {now:?}",
                shape.schema
            );
        }
        // The rows that have these keys are those that are handed over.
        let mut handed: BTreeMap<String, usize> = BTreeMap::new();
        let mut statement = connection.prepare(&capture.rows(table)).unwrap();
        let mut changed = statement.query([after]).unwrap();
        while let Some(row) = changed.next().unwrap() {
            let row = SqliteRow::new(row, table);
            let values: Vec<OwnedStored> = table.key.iter().flatten().map(|at| row.value(*at).into()).collect();
            *handed.entry(format!("{values:?}")).or_default() += 1;
        }
        let wanted: usize = now.iter().filter(|(key, _)| keys.contains(*key)).map(|(_, rows)| rows.len()).sum();
        assert_eq!(handed.values().sum::<usize>(), wanted, "{}", shape.schema);
        before = now;
        after = capture.state(&connection).unwrap().unwrap().last;
    }
    capture.assert_whole(&connection, &plan).unwrap();
}

proptest! {
    #![proptest_config(Config { cases: 96, failure_persistence: None, ..Config::default() })]

    #[test]
    fn every_row_that_changed_is_noted(
        at in 0..SHAPES.len(),
        recursive: bool,
        work in prop::collection::vec((0..16usize, 0..9i64, 0..9i64, 0..9i64), 1..60),
    ) {
        check(&SHAPES[at], recursive, &work);
    }
}

#[test]
fn an_index_whose_rows_cannot_be_told_beforehand_is_refused() {
    for index in [
        "CREATE UNIQUE INDEX some ON t (g + 1)",
        "CREATE UNIQUE INDEX some ON t (h)",
        "CREATE UNIQUE INDEX some ON t (\"G\" || a)",
    ] {
        let mut connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(&format!("CREATE TABLE t (a PRIMARY KEY, b, c, g AS (b * 2), h AS (g + 1)); {index}"))
            .unwrap();
        let refused = Capture::beside("schema_migrations").install(&mut connection, &plan(&SHAPES[0])).unwrap_err();
        assert_eq!(refused.code(), Code::MoveNotReady, "{index}: {refused}");
        assert_eq!(
            connection.query_row("SELECT count(*) FROM sqlite_schema WHERE type = 'trigger'", [], |row| row.get(0)),
            Ok(0)
        );
    }
}

#[test]
fn what_is_taken_away_leaves_nothing() {
    for shape in SHAPES {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(shape.schema).unwrap();
        let schema = |connection: &Connection| -> Vec<String> {
            let mut statement = connection.prepare("SELECT coalesce(sql, name) FROM sqlite_schema ORDER BY 1").unwrap();
            statement.query_map([], |row| row.get(0)).unwrap().collect::<rusqlite::Result<_>>().unwrap()
        };
        let before = schema(&connection);
        let capture = Capture::beside("schema_migrations");
        assert_eq!(capture.state(&connection).unwrap(), None);
        let id = capture.install(&mut connection, &plan(shape)).unwrap();
        assert_eq!(capture.install(&mut connection, &plan(shape)).unwrap(), id, "a second time changes nothing");
        capture.remove(&mut connection).unwrap();
        capture.remove(&mut connection).unwrap();
        assert_eq!(schema(&connection), before);
    }
}

#[test]
fn a_capture_that_is_not_as_it_was_is_refused() {
    let shape = &SHAPES[0];
    for change in [
        "DROP TRIGGER schema_migrations_move_delete_t",
        "ALTER TABLE t RENAME TO u",
        "CREATE UNIQUE INDEX more ON t (c)",
        "DROP TRIGGER schema_migrations_move_insert_t; CREATE TRIGGER schema_migrations_move_insert_t AFTER INSERT ON t BEGIN SELECT 1; END",
        "CREATE TABLE u AS SELECT * FROM t; DROP TABLE t; CREATE TABLE t (a INTEGER PRIMARY KEY, b UNIQUE, c)",
        "CREATE TABLE u (x); CREATE TRIGGER schema_migrations_move_insert_u AFTER INSERT ON u BEGIN SELECT 1; END",
    ] {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(shape.schema).unwrap();
        let capture = Capture::beside("schema_migrations");
        let plan = plan(shape);
        capture.install(&mut connection, &plan).unwrap();
        connection.execute_batch("INSERT INTO t VALUES (1, 2, 3); CREATE INDEX plain ON t (c)").unwrap();
        capture.assert_whole(&connection, &plan).unwrap();
        connection.execute_batch(change).unwrap();
        let refused = capture.assert_whole(&connection, &plan).unwrap_err();
        assert_eq!(refused.code(), Code::CaptureLost, "{change}");
    }
}

#[test]
fn it_is_seen_that_vacuum_gives_other_rowids() {
    let mut connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(SHAPES[0].schema).unwrap();
    connection
        .execute_batch("CREATE TABLE loose (x); INSERT INTO loose VALUES (1), (2), (3); DELETE FROM loose WHERE x = 1")
        .unwrap();
    let capture = Capture::beside("schema_migrations");
    capture.install(&mut connection, &plan(&SHAPES[0])).unwrap();
    let rowid = |connection: &Connection| {
        connection.query_row("SELECT min(rowid) FROM loose", [], |row| row.get::<_, i64>(0)).unwrap()
    };
    assert_eq!((rowid(&connection), capture.state(&connection).unwrap().unwrap().is_renumbered), (2, false));
    connection.execute_batch("VACUUM").unwrap();
    assert_eq!((rowid(&connection) != 2, capture.state(&connection).unwrap().unwrap().is_renumbered), (true, true));
}

#[test]
fn numbers_go_on_counting_up_when_changes_are_taken_away() {
    let shape = &SHAPES[0];
    let mut connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(shape.schema).unwrap();
    let capture = Capture::beside("schema_migrations");
    capture.install(&mut connection, &plan(shape)).unwrap();
    let state = |connection: &Connection| capture.state(connection).unwrap().unwrap();
    assert!(capture.settle(&mut connection, 0, ("", "a")).unwrap());
    assert!(!capture.settle(&mut connection, 0, ("", "z")).unwrap(), "another mark is there");
    assert_eq!((state(&connection).last, state(&connection).mark.as_str()), (0, "a"));
    connection.execute_batch("INSERT INTO t (b) VALUES (1), (2), (3)").unwrap();
    assert!(capture.settle(&mut connection, 3, ("a", "b")).unwrap());
    assert_eq!((state(&connection).last, state(&connection).mark.as_str()), (3, "b"));
    connection.execute_batch("DELETE FROM t").unwrap();
    assert_eq!(state(&connection).last, 6);
    assert_eq!(noted(&capture, &connection, &plan(shape).tables[0], 3).len(), 3);
}

#[test]
fn a_source_that_was_closed_for_good_is_opened_by_nobody_in_passing() {
    let shape = &SHAPES[0];
    let mut connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(shape.schema).unwrap();
    let (capture, plan) = (Capture::beside("schema_migrations"), plan(shape));
    capture.install(&mut connection, &plan).unwrap();
    connection.execute_batch("INSERT INTO t VALUES (1, 1, 1)").unwrap();
    assert!(!capture.close_for_good(&mut connection, 1).unwrap(), "it is open");
    assert!(capture.close(&mut connection, &plan, 100.0).unwrap());
    for statement in [
        "INSERT INTO t VALUES (2, 2, 2)",
        "INSERT OR IGNORE INTO t VALUES (2, 2, 2)",
        "REPLACE INTO t VALUES (1, 2, 3)",
        "INSERT INTO t VALUES (1, 2, 3) ON CONFLICT DO NOTHING",
        "UPDATE OR IGNORE t SET c = 2",
        "DELETE FROM t",
    ] {
        let refused = connection.execute(statement, []).unwrap_err();
        assert!(refused.to_string().starts_with("moved to PostgreSQL"), "{statement}: {refused}");
    }
    assert_eq!(connection.query_row("SELECT count(*) FROM t", [], |row| row.get(0)), Ok(1));
    assert!(!capture.close_for_good(&mut connection, 0).unwrap(), "a change was not applied");
    assert!(capture.open_again(&mut connection).unwrap());
    connection.execute_batch("UPDATE t SET c = 2").unwrap();
    assert!(capture.close(&mut connection, &plan, 100.0).unwrap());
    let last = capture.state(&connection).unwrap().unwrap().last;
    assert!(capture.close_for_good(&mut connection, last).unwrap());
    assert!(!capture.open_again(&mut connection).unwrap());
    assert!(!capture.close(&mut connection, &plan, 0.0).unwrap(), "it would open by itself");
    assert_eq!(capture.gate(&connection).unwrap(), SourceGate::ClosedForGood);
    assert!(connection.execute("UPDATE t SET c = 3", []).is_err());
    capture.open(&mut connection).unwrap();
    connection.execute_batch("UPDATE t SET c = 3").unwrap();
    assert_eq!(capture.gate(&connection).unwrap(), SourceGate::Open);
    // A lease that is over.
    assert!(capture.close(&mut connection, &plan, 0.0).unwrap());
    connection.execute_batch("UPDATE t SET c = 4").unwrap();
    assert!(!capture.close_for_good(&mut connection, 100).unwrap());
}
