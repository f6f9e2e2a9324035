//! Failing and going on: R9 for transactional files, R10 for those that run statement by statement.
#![cfg(feature = "sqlite")]

use crate::sqlite_shared::*;
use schemactl::{Back, Code, Options, sqlite};
use schemactl_test_support::rusqlite::Connection;
use schemactl_test_support::sqlite::{schema, temp};

#[test]
fn r9_a_failed_step_leaves_nothing_and_is_tried_again() {
    let database = temp();
    let mut connection = database.open();
    let good = "CREATE TABLE a (x UNIQUE);\n";
    for bad in [
        "INSERT INTO a VALUES (1); CREATE TABLE b (x); INSERT INTO nowhere VALUES (1);",
        "CREATE TABLE b (x); INSERT INTO a VALUES (1); INSERT INTO a VALUES (1);",
        "CREATE TABLE b (x); INSERT INTO a VALUES (1); INSERT OR ROLLBACK INTO a VALUES (1);",
        "CREATE TABLE b (x UNIQUE ON CONFLICT ROLLBACK); INSERT INTO b VALUES (1); INSERT INTO b VALUES (1);",
        "CREATE TABLE b (x); CREATE TRIGGER t BEFORE INSERT ON b BEGIN SELECT CASE WHEN new.x = 1 THEN RAISE(ROLLBACK, 'no; END') END; END; INSERT INTO b VALUES (1);",
        "CREATE TABLE b (x); SAVEPOINT s; INSERT INTO a VALUES (1); RELEASE t;",
    ] {
        let error = fails(&mut connection, &numbered(&[good, bad]));
        assert_eq!(error.code(), Code::StatementFailed, "{bad}");
        assert!(error.database_state().unwrap().contains("rolled back"), "{error:#}");
        assert!(error.database_state().unwrap().contains("version 1"), "{error:#}");
        assert!(connection.is_autocommit());
        assert_eq!(history(&connection), "1|applied|1|1");
        assert_eq!(count(&connection, "a"), "0");
        assert_eq!(query(&connection, "SELECT count(*) FROM sqlite_schema WHERE name = 'b'"), "0");
        assert_eq!(query(&connection, "SELECT outcome FROM schema_migrations_log ORDER BY id DESC LIMIT 1"), "failed");
    }
    up(&mut connection, &numbered(&[good, "CREATE TABLE b (x);"]));
    assert_eq!(history(&connection), "1|applied|1|1\n2|applied|1|1");
}

#[test]
fn r9_savepoints_may_be_used_inside_a_step() {
    let mut connection = memory();
    up(
        &mut connection,
        &numbered(&[
            "CREATE TABLE a (x); SAVEPOINT s; INSERT INTO a VALUES (1); ROLLBACK TO s; INSERT INTO a VALUES (2); RELEASE s;",
        ]),
    );
    assert_eq!(query(&connection, "SELECT x FROM a"), "2");
}

/// A file of which any statement can be made to fail, and how it is put right.
fn file(bad: Option<usize>) -> String {
    let statements = [
        "CREATE TABLE a (x)",
        "INSERT INTO a VALUES (1)",
        "PRAGMA journal_mode = WAL",
        "INSERT INTO a VALUES (2)",
        "VACUUM",
        "CREATE TABLE b (x)",
        "INSERT INTO b SELECT x FROM a",
    ];
    let lines = statements
        .iter()
        .enumerate()
        .map(|(at, text)| if bad == Some(at) { format!("{text} nonsense nonsense;\n") } else { format!("{text};\n") });
    lines.collect()
}

fn final_state(connection: &Connection) -> String {
    format!("{}\n{}", schema(connection), query(connection, "SELECT x FROM a UNION ALL SELECT x FROM b"))
}

fn expected() -> String {
    let database = temp();
    let mut connection = database.open();
    up(&mut connection, &numbered(&[&file(None)]));
    final_state(&connection)
}

#[test]
fn r10_goes_on_at_the_statement_that_failed() {
    let expected = expected();
    for bad in 0..7 {
        let database = temp();
        let mut connection = database.open();
        let error = fails(&mut connection, &numbered(&[&file(Some(bad))]));
        assert_eq!(error.code(), Code::StatementFailed, "{error:#}");
        assert_eq!(error.place().unwrap().line(), Some(bad + 1));
        assert!(error.to_string().contains(&format!("statement {} of 7", bad + 1)), "{error}");
        let state = match bad {
            0 => "none of its statements is done".to_owned(),
            1 => "1 of 7 statements is done".to_owned(),
            _ => format!("{bad} of 7 statements are done"),
        };
        assert!(error.database_state().unwrap().starts_with(&state), "{error:#}");
        assert_eq!(history(&connection), format!("1|partial|{bad}|7"));
        // The same file again fails at the same place, and harms nothing.
        fails(&mut connection, &numbered(&[&file(Some(bad))]));
        assert_eq!(history(&connection), format!("1|partial|{bad}|7"));
        // A down does not start from the middle.
        let error =
            shown(sqlite::down(&mut connection, &numbered(&[&file(None)]), Back::Empty, &Options::new()).unwrap_err());
        assert_eq!(error.code(), Code::Partial);
        drop(connection);
        let mut connection = database.open();
        let report = up(&mut connection, &numbered(&[&file(None)]));
        assert_eq!(report.to_string(), "1 resumed");
        assert_eq!(final_state(&connection), expected, "statement {bad}");
        assert_eq!(history(&connection), "1|applied|7|7");
        assert!(up(&mut connection, &numbered(&[&file(None)])).is_empty());
    }
}

#[test]
fn r10_refuses_where_a_statement_that_was_done_is_edited() {
    for bad in 1..7 {
        for edited in 0..bad {
            let database = temp();
            let mut connection = database.open();
            fails(&mut connection, &numbered(&[&file(Some(bad))]));
            let text: String = file(None)
                .lines()
                .enumerate()
                .map(|(at, line)| {
                    if at == edited {
                        format!("{}\n", line.replacen(' ', " /* edited */ ", 1).replace("VACUUM;", "VACUUM main;"))
                    } else {
                        format!("{line}\n")
                    }
                })
                .collect();
            let error = fails_with(&mut connection, &numbered(&[&text]), Code::PartialEdited);
            assert_eq!(error.place().unwrap().line(), Some(edited + 1), "{error:#}");
            assert_eq!(history(&connection), format!("1|partial|{bad}|7"));
        }
    }
}

#[test]
fn r10_comments_and_later_statements_may_change_before_going_on() {
    let database = temp();
    let mut connection = database.open();
    fails(&mut connection, &numbered(&[&file(Some(4))]));
    let text = format!("-- mended\n\n{}INSERT INTO b VALUES (9);\n", file(None));
    up(&mut connection, &numbered(&[&text]));
    assert_eq!(history(&connection), "1|applied|8|8");
    assert_eq!(count(&connection, "b"), "3");
    assert!(up(&mut connection, &numbered(&[&text])).is_empty());
}

#[test]
fn r10_the_directive_none_runs_statement_by_statement() {
    for bad in 0..3 {
        let text = |bad: Option<usize>| {
            let lines = (0..3)
                .map(|at| format!("INSERT INTO a VALUES ({at}){};\n", if bad == Some(at) { " oops" } else { "" }));
            format!("-- schemactl: transaction = none\n{}", lines.collect::<String>())
        };
        let mut connection = memory();
        let first = "CREATE TABLE a (x);";
        fails(&mut connection, &numbered(&[first, &text(Some(bad))]));
        assert_eq!(count(&connection, "a"), bad.to_string());
        up(&mut connection, &numbered(&[first, &text(None)]));
        assert_eq!(query(&connection, "SELECT group_concat(x) FROM a"), "0,1,2");
    }
}

/// Stores a down with its checksum.
fn store_down(connection: &Connection, down: &str) {
    let files = migrations(&[("V1__a.sql", "SELECT 1;"), ("V1__a.down.sql", down)]);
    let checksum = files.iter().next().unwrap().down().unwrap().checksum().to_string();
    connection.execute("UPDATE schema_migrations SET down_sql = ?1, down_checksum = ?2", [down, &checksum]).unwrap();
}

#[test]
fn r10_downs_go_on_too() {
    let up_text = "CREATE TABLE a (x); CREATE TABLE b (x); CREATE TABLE c (x);";
    for bad in 0..3 {
        let down = |bad: Option<usize>| {
            let lines = ["DROP TABLE a", "VACUUM", "DROP TABLE b"].iter().enumerate();
            lines
                .map(|(at, text)| if bad == Some(at) { format!("{text} to_fail to;\n") } else { format!("{text};\n") })
                .collect::<String>()
        };
        let database = temp();
        let mut connection = database.open();
        let broken = migrations(&[("V1__a.sql", up_text), ("V1__a.down.sql", &down(Some(bad)))]);
        let mended = migrations(&[("V1__a.sql", up_text), ("V1__a.down.sql", &down(None))]);
        up(&mut connection, &broken);
        let error = shown(sqlite::down(&mut connection, &broken, Back::Empty, &Options::new()).unwrap_err());
        assert_eq!(error.place().unwrap().line(), Some(bad + 1), "{error:#}");
        assert_eq!(
            query(&connection, "SELECT state, statements_done FROM schema_migrations"),
            format!("reverting|{bad}")
        );
        let error = fails_with(&mut connection, &mended, Code::Partial);
        assert!(error.hints()[0].to_string().contains("down"), "{error:#}");
        // The stored down is the broken one: it is mended by storing the file's, as `repair --downs` does.
        store_down(&connection, &down(None));
        let report = sqlite::down(&mut connection, &mended, Back::Empty, &Options::new())
            .unwrap_or_else(|error| panic!("{error:#}"));
        assert_eq!(report.to_string(), "1 reverted");
        assert_eq!(
            query(&connection, "SELECT group_concat(name) FROM sqlite_schema WHERE name IN ('a', 'b', 'c')"),
            "c"
        );
        assert_eq!(history(&connection), "");
        assert!(connection.is_autocommit());
    }
}

#[test]
fn r10_a_down_whose_done_statements_were_edited_is_refused() {
    let up_text = "CREATE TABLE a (x); CREATE TABLE b (x);";
    let database = temp();
    let mut connection = database.open();
    let broken =
        migrations(&[("V1__a.sql", up_text), ("V1__a.down.sql", "DROP TABLE a;\nVACUUM;\nDROP TABLE nothing;\n")]);
    up(&mut connection, &broken);
    sqlite::down(&mut connection, &broken, Back::Empty, &Options::new()).unwrap_err();
    store_down(&connection, "DROP TABLE b; VACUUM; SELECT 1;");
    let error = shown(sqlite::down(&mut connection, &broken, Back::Empty, &Options::new()).unwrap_err());
    assert_eq!(error.code(), Code::PartialEdited);
    assert_eq!(query(&connection, "SELECT count(*) FROM sqlite_schema WHERE name = 'b'"), "1");
}

#[test]
fn r10_an_attached_database_is_there_when_the_step_goes_on() {
    let database = temp();
    let other = database.folder().join("other.db");
    let text = |bad: &str| {
        format!(
            "ATTACH '{}' AS other;\nCREATE TABLE other.t (x);\nINSERT INTO other.t VALUES (1){bad};\nDETACH other;\nVACUUM;\n",
            other.display()
        )
    };
    fails(&mut database.open(), &numbered(&[&text(" oops")]));
    assert_eq!(history(&database.open()), "1|partial|2|5");
    up(&mut database.open(), &numbered(&[&text("")]));
    assert_eq!(count(&schemactl_test_support::sqlite::open(&other), "t"), "1");
}

#[test]
fn r15_foreign_keys_switched_off_in_a_file_that_runs_statement_by_statement() {
    let shop = "CREATE TABLE orders (id INTEGER PRIMARY KEY); CREATE TABLE items (o REFERENCES orders (id) ON DELETE CASCADE);\n\
                INSERT INTO orders VALUES (1); INSERT INTO items VALUES (1);";
    let database = temp();
    let mut connection = database.open();
    connection.execute_batch("PRAGMA foreign_keys = ON").unwrap();
    let text = "PRAGMA foreign_keys = OFF;\nDELETE FROM orders;\nINSERT INTO orders VALUES (1);\nPRAGMA foreign_keys = ON;\nVACUUM;\n";
    fails_with(&mut connection, &numbered(&[shop, text]), Code::ForeignKeys);
    assert_eq!(count(&connection, "items"), "1");
    assert!(foreign_keys(&connection));
}

/// More statements than a list of hashes is kept for.
const MANY: usize = 1_500;

fn inserts(count: usize) -> String {
    let lines: Vec<_> = (0..count).map(|at| format!("INSERT INTO a VALUES ({at});\n")).collect();
    format!("-- schemactl: transaction = none\n{}", lines.concat())
}

/// What they cost is measured by a bench.
#[test]
fn r10_many_statements_one_by_one() {
    let mut connection = memory();
    up(&mut connection, &numbered(&["CREATE TABLE a (x);", &inserts(20_000)]));
    assert_eq!(count(&connection, "a"), "20000");
}

#[test]
fn r10_many_statements_go_on_where_they_stopped() {
    for stop in [2, 700, 1_001, MANY - 1] {
        let mut connection = memory();
        let first = "CREATE TABLE a (x);";
        let broken = inserts(MANY).replace(&format!("a VALUES ({stop})"), &format!("a VALUES ({stop}) oops"));
        fails(&mut connection, &numbered(&[first, &broken]));
        let stopped = format!("1|applied|1|1\n2|partial|{stop}|{MANY}");
        assert_eq!(history(&connection), stopped);
        assert!(query(&connection, "SELECT max(length(statement_hashes)) < 30 FROM schema_migrations") == "1");

        let edited = inserts(MANY).replace("VALUES (0)", "VALUES (7)");
        let error = fails_with(&mut connection, &numbered(&[first, &edited]), Code::PartialEdited);
        assert!(error.to_string().contains("one of them has been edited"), "{error}");
        assert_eq!(error.place().unwrap().line(), None);
        let short = inserts(stop - 1);
        fails_with(&mut connection, &numbered(&[first, &short]), Code::PartialEdited);
        assert_eq!(history(&connection), stopped);

        // What is left may change, also to be so little that the file is a short one.
        up(&mut connection, &numbered(&[first, &inserts(stop + 1)]));
        assert_eq!(history(&connection), format!("1|applied|1|1\n2|applied|{0}|{0}", stop + 1));
        assert_eq!(count(&connection, "a"), (stop + 1).to_string());
    }
}

#[test]
fn r10_a_file_that_grows_long_while_it_is_partial_goes_on() {
    let mut connection = memory();
    let first = "CREATE TABLE a (x);";
    fails(&mut connection, &numbered(&[first, &inserts(3).replace("(2)", "(2) oops")]));
    fails(&mut connection, &numbered(&[first, &inserts(MANY).replace("(900)", "(900) oops")]));
    assert_eq!(history(&connection), format!("1|applied|1|1\n2|partial|900|{MANY}"));
    up(&mut connection, &numbered(&[first, &inserts(MANY)]));
    assert_eq!(count(&connection, "a"), MANY.to_string());
}

#[test]
fn a_mistake_is_shown_at_its_column() {
    let mut connection = memory();
    let text = "-- schemactl: transaction = none\nCREATE TABLE a (x);\nINSERT INTO a VALUES (1, nonsense);\n";
    let error = fails_with(&mut connection, &numbered(&[text]), Code::StatementFailed);
    let place = error.place().unwrap();
    assert_eq!((place.line(), place.column()), (Some(3), Some(26)), "{error:#}");
}

#[test]
fn a_changed_file_that_runs_statement_by_statement_is_begun_once() {
    let mut connection = memory();
    let text = |number: usize| {
        format!("-- schemactl: transaction = none\n-- schemactl: repeat = changed\nINSERT INTO a VALUES ({number});\n")
    };
    up(&mut connection, &numbered(&["CREATE TABLE a (x);", &text(1)]));
    let started = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let seen = std::sync::Arc::clone(&started);
    let options = Options::new().on_event(move |event| {
        if matches!(event, schemactl::Event::StepStarted { .. }) {
            seen.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        }
    });
    let report = up_with(&mut connection, &numbered(&["CREATE TABLE a (x);", &text(2)]), &options).unwrap();
    assert_eq!(report.to_string(), "1 applied again");
    assert_eq!(started.load(std::sync::atomic::Ordering::SeqCst), 1);
    assert_eq!(query(&connection, "SELECT group_concat(x) FROM a"), "1,2");
}
