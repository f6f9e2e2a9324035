//! What a step does to the connection ends with it: R26.
#![cfg(feature = "sqlite")]

use crate::sqlite_shared::*;
use schemactl::{Code, Options, TransactionMode};

/// Every setting that a step can change and a test can read.
const SETTINGS: &[(&str, &str)] = &[
    ("automatic_index", "0"),
    ("busy_timeout", "77"),
    ("cache_size", "77"),
    ("cell_size_check", "1"),
    ("defer_foreign_keys", "1"),
    ("foreign_keys", "0"),
    ("fullfsync", "1"),
    ("ignore_check_constraints", "1"),
    ("journal_size_limit", "77"),
    ("legacy_alter_table", "1"),
    ("locking_mode", "exclusive"),
    ("query_only", "1"),
    ("read_uncommitted", "1"),
    ("recursive_triggers", "1"),
    ("reverse_unordered_selects", "1"),
    ("secure_delete", "1"),
    ("synchronous", "0"),
    ("temp_store", "2"),
    ("trusted_schema", "0"),
    ("wal_autocheckpoint", "77"),
];

fn settings(connection: &schemactl_test_support::rusqlite::Connection) -> Vec<(String, String)> {
    SETTINGS
        .iter()
        .map(|(name, _)| ((*name).to_owned(), query(connection, &format!("PRAGMA {name}"))))
        .chain([("like".to_owned(), query(connection, "SELECT 'a' LIKE 'A'"))])
        .collect()
}

#[test]
fn r26_settings_of_a_step_end_with_it() {
    let database = schemactl_test_support::sqlite::temp();
    for (name, value) in SETTINGS.iter().chain([&("case_sensitive_like", "1")]) {
        let mut connection = database.open();
        connection.execute_batch("DROP TABLE IF EXISTS schema_migrations; PRAGMA foreign_keys = ON").unwrap();
        let before = settings(&connection);
        let step = format!("PRAGMA {name} = {value};\n");
        let result = schemactl::sqlite::up(&mut connection, &numbered(&[&step, "SELECT 1;"]));
        if *name != "query_only" {
            result.unwrap_or_else(|error| panic!("{name}: {error:#}"));
        }
        assert_eq!(settings(&connection), before, "{name}");
    }
}

#[test]
fn r26_settings_end_with_a_step_that_fails() {
    let mut connection = memory();
    let before = settings(&connection);
    fails(&mut connection, &numbered(&["PRAGMA recursive_triggers = ON; PRAGMA cache_size = 9; SELECT nothing;"]));
    assert_eq!(settings(&connection), before);
}

#[test]
fn r26_the_next_step_does_not_inherit() {
    for mode in [TransactionMode::Step, TransactionMode::All] {
        let mut connection = memory();
        let migrations = numbered(&[
            "CREATE TABLE a (x CHECK (x > 0));\nCREATE TABLE seen (x);\nPRAGMA ignore_check_constraints = ON;\n",
            "INSERT INTO a VALUES (-1);\n",
        ]);
        let error = shown(up_with(&mut connection, &migrations, &Options::new().transaction(mode)).unwrap_err());
        assert!(error.cause().unwrap().contains("CHECK"), "{error:#}");
    }
}

#[test]
fn r26_a_step_that_makes_the_connection_read_only_says_why_it_fails() {
    let mut connection = memory();
    let error = fails(&mut connection, &numbered(&["PRAGMA query_only = ON;\n"]));
    assert_eq!(history(&connection), "");
    connection.execute_batch("CREATE TABLE works (x)").unwrap();
    assert!(!error.hints().iter().any(|hint| hint.to_string().contains("journal beside")), "{error:#}");
}

#[test]
fn r26_settings_of_the_application_are_kept() {
    let mut connection = memory();
    connection
        .execute_batch("PRAGMA recursive_triggers = ON; PRAGMA busy_timeout = 4321; PRAGMA cache_size = 123")
        .unwrap();
    let before = settings(&connection);
    up(&mut connection, &numbered(&["PRAGMA busy_timeout = 1;", "CREATE TABLE a (x);"]));
    assert_eq!(settings(&connection), before);
    up(&mut connection, &numbered(&["PRAGMA busy_timeout = 1;", "CREATE TABLE a (x);", "CREATE TABLE b (x);"]));
    assert_eq!(settings(&connection), before);
}

#[test]
fn r26_a_database_left_attached_is_detached() {
    let database = schemactl_test_support::sqlite::temp();
    let own = schemactl_test_support::sqlite::temp();
    own.execute("CREATE TABLE t (x)");
    let mut connection = database.open();
    connection.execute("ATTACH ?1 AS application", [own.path().to_str().unwrap()]).unwrap();
    let other = database.folder().join("other.db");
    let migrations = numbered(&[
        &format!(
            "ATTACH '{}' AS other;\nCREATE TABLE other.t (x);\nINSERT INTO other.t VALUES (1);\n",
            other.display()
        ),
        "CREATE TABLE a (x);",
    ]);
    up(&mut connection, &migrations);
    assert_eq!(
        query(&connection, "SELECT group_concat(name) FROM pragma_database_list WHERE name <> 'temp'"),
        "main,application"
    );
    assert_eq!(count(&connection, "application.t"), "0");
    let failing = numbered(&[
        &format!(
            "ATTACH '{}' AS other;\nCREATE TABLE other.t (x);\nINSERT INTO other.t VALUES (1);\n",
            other.display()
        ),
        "CREATE TABLE a (x);",
        "SELECT * FROM other.t;",
    ]);
    assert_eq!(fails(&mut connection, &failing).code(), Code::StatementFailed);
}

#[test]
fn r26_temporary_objects_are_gone_after_the_step() {
    let mut connection = memory();
    connection.execute_batch("CREATE TEMP TABLE mine (x); CREATE TEMP VIEW my_view AS SELECT 1").unwrap();
    let migrations = numbered(&[
        "CREATE TABLE orders (id);\nCREATE TEMP TABLE orders (id);\nCREATE TEMP TABLE \"a\"\"b\" (x);\nCREATE INDEX temp.by_x ON \"a\"\"b\" (x);\n\
         CREATE TEMP VIEW v AS SELECT 1;\nCREATE TEMP TRIGGER seen AFTER INSERT ON main.orders BEGIN SELECT 1; END;\n",
        "INSERT INTO orders VALUES (1);",
    ]);
    up(&mut connection, &migrations);
    assert_eq!(count(&connection, "main.orders"), "1");
    assert_eq!(
        query(&connection, "SELECT group_concat(name) FROM (SELECT name FROM temp.sqlite_schema ORDER BY name)"),
        "mine,my_view"
    );
}

#[test]
fn r26_temporary_objects_of_a_step_in_a_common_transaction_do_not_reach_the_next() {
    let mut connection = memory();
    let migrations =
        numbered(&["CREATE TABLE orders (id);\nCREATE TEMP TABLE orders (id);\n", "INSERT INTO orders VALUES (1);"]);
    up_with(&mut connection, &migrations, &Options::new().transaction(TransactionMode::All)).unwrap();
    assert_eq!(count(&connection, "main.orders"), "1");
}

#[test]
fn r26_a_temporary_table_of_the_name_of_the_history_does_not_matter() {
    let mut connection = memory();
    let migrations = numbered(&["CREATE TABLE a (x);"]);
    connection.execute_batch("CREATE TEMP TABLE schema_migrations (version)").unwrap();
    up(&mut connection, &migrations);
    assert_eq!(count(&connection, "main.schema_migrations"), "1");
    assert!(up(&mut connection, &migrations).is_empty());
}

#[test]
fn r26_a_temporary_table_of_the_application_does_not_hide_a_reference() {
    let mut connection = memory();
    let first = "CREATE TABLE orders (id INTEGER PRIMARY KEY); CREATE TABLE items (order_id REFERENCES orders (id));";
    up(&mut connection, &numbered(&[first]));
    connection.execute_batch("CREATE TEMP TABLE items (x)").unwrap();
    fails_with(&mut connection, &numbered(&[first, "DROP TABLE orders;"]), Code::Usage);
    connection.execute_batch("DROP TABLE temp.items").unwrap();
    fails_with(&mut connection, &numbered(&[first, "DROP TABLE orders;"]), Code::ForeignKeys);
}

#[test]
fn r26_a_savepoint_left_open_ends_with_the_step() {
    let mut connection = memory();
    up(&mut connection, &numbered(&["SAVEPOINT a;\nCREATE TABLE a (x);\n", "CREATE TABLE b (x);"]));
    assert!(connection.is_autocommit());
    assert_eq!(history(&connection).lines().count(), 2);
}
