//! The forms that a file's text can have.
#![cfg(feature = "sqlite")]

use std::sync::{Arc, Mutex};

use crate::sqlite_shared::*;
use schemactl::{Code, Event, Options};

const LINES: &str = "-- schemactl: irreversible = 'a test'\n-- about a\nCREATE TABLE a ( -- its name; is a\n  x, -- x\n  y DEFAULT 'it''s; /* no */'\n);\n\
                     /* b;\n */ CREATE TABLE b (x); -- last\nINSERT INTO a (x) VALUES (1);\n-- end";

#[test]
fn r11_line_ends_and_bom_make_no_difference() {
    for text in [LINES.to_owned(), LINES.replace('\n', "\r\n"), LINES.replace('\n', "\r"), format!("\u{feff}{LINES}")] {
        let mut connection = memory();
        up(&mut connection, &numbered(&[&text]));
        assert_eq!(count(&connection, "a"), "1", "{text:?}");
        assert_eq!(count(&connection, "b"), "0");
        assert_eq!(query(&connection, "SELECT statements, verdict FROM schema_migrations"), "3|irreversible: a test");
        assert!(up(&mut connection, &numbered(&[LINES])).is_empty());
    }
}

#[test]
fn an_error_has_its_line_and_column_whatever_the_line_ends() {
    let text = "CREATE TABLE \"größe\" (x);\n-- ünï 🦀\n  INSERT INTO \"größe\" VALUES ('🦀🦀', nowhere);\nSELECT 1;\n";
    for text in [text.to_owned(), text.replace('\n', "\r\n"), text.replace('\n', "\r"), format!("\u{feff}{text}")] {
        let error = fails(&mut memory(), &numbered(&[&text]));
        let place = error.place().unwrap();
        assert_eq!((place.line(), place.column()), (Some(3), Some(37)), "{error:#}");
        assert!(error.to_string().contains("statement 2 of 3"), "{error}");
        assert_eq!(error.cause(), Some("no such column: nowhere"));
        assert_eq!(place.source_line(), "  INSERT INTO \"größe\" VALUES ('🦀🦀', nowhere);");
    }
}

#[test]
fn an_error_on_a_later_line_of_a_statement_is_shown_there() {
    let error = fails(&mut memory(), &numbered(&["CREATE TABLE a (x);\n\nSELECT x,\n  -- é\n  nowhere\nFROM a;\n"]));
    assert_eq!((error.place().unwrap().line(), error.place().unwrap().column()), (Some(5), Some(3)), "{error:#}");
}

#[test]
fn an_error_without_a_position_shows_the_statement() {
    let error = fails(&mut memory(), &numbered(&["CREATE TABLE a (x UNIQUE);\nINSERT INTO a VALUES (1),\n (1);\n"]));
    assert_eq!((error.place().unwrap().line(), error.place().unwrap().column()), (Some(2), Some(1)), "{error:#}");
    assert_eq!(error.cause(), Some("UNIQUE constraint failed: a.x"));
}

#[test]
fn a_wrapped_file_counts_the_statements_inside() {
    let error = fails(
        &mut memory(),
        &numbered(&["-- all in one\nBEGIN;\nCREATE TABLE a (x);\nINSERT INTO b VALUES (1);\nCOMMIT;\n"]),
    );
    assert!(error.to_string().contains("statement 2 of 2"), "{error}");
    assert_eq!(error.place().unwrap().line(), Some(4));
}

#[test]
fn transaction_control_is_refused_before_anything_runs() {
    for (text, line) in [
        ("CREATE TABLE b (x);\nBEGIN;\nCREATE TABLE c (x);\nCOMMIT;\n", 2),
        ("CREATE TABLE b (x);\nCOMMIT;\n", 2),
        ("CREATE TABLE b (x);\nEND TRANSACTION;\n", 2),
        ("BEGIN;\nCREATE TABLE b (x);\nROLLBACK;\n", 3),
        ("BEGIN;\nCREATE TABLE b (x);\n", 1),
        ("BEGIN;\nCREATE TABLE b (x);\nCOMMIT;\nBEGIN;\nCREATE TABLE c (x);\n", 1),
        ("BEGIN EXCLUSIVE;\nVACUUM;\nCOMMIT;\n", 1),
        ("-- schemactl: transaction = none\nBEGIN;\nCREATE TABLE b (x);\nCOMMIT;\n", 2),
    ] {
        let mut connection = memory();
        let error = fails_with(&mut connection, &numbered(&["CREATE TABLE a (x);", text]), Code::TransactionControl);
        assert_eq!(error.place().unwrap().line(), Some(line), "{error:#}");
        assert_eq!(query(&connection, "SELECT count(*) FROM sqlite_schema"), "0");
    }
}

#[test]
fn statements_that_return_rows_are_run_to_their_end() {
    let mut connection = memory();
    up(
        &mut connection,
        &numbered(&[
            "CREATE TABLE a (x); PRAGMA table_info(a); INSERT INTO a VALUES (1), (2), (3) RETURNING x; SELECT * FROM a;\n\
         UPDATE a SET x = x + 1 RETURNING x; VALUES (1), (2); PRAGMA user_version = 7; PRAGMA user_version; EXPLAIN SELECT 1;\n\
         DELETE FROM a WHERE x = 2 RETURNING *; ANALYZE; REINDEX;",
        ]),
    );
    assert_eq!(query(&connection, "SELECT group_concat(x) FROM a"), "3,4");
    assert_eq!(query(&connection, "PRAGMA user_version"), "7");
}

#[test]
fn triggers_with_case_and_end() {
    let mut connection = memory();
    up(
        &mut connection,
        &numbered(&["CREATE TABLE a (x, \"end\"); CREATE TABLE log (x);\n\
         CREATE TRIGGER \"begin\" AFTER INSERT ON a WHEN CASE WHEN new.x THEN 1 ELSE 0 END BEGIN\n\
         -- a comment; with END;\n INSERT INTO log SELECT CASE WHEN new.x > 1 THEN CASE new.x WHEN 2 THEN 'two;' END ELSE 'one' END;\n\
         UPDATE a SET \"end\" = 1 WHERE x = new.x; END;\nINSERT INTO a (x) VALUES (1), (2);\n"]),
    );
    assert_eq!(query(&connection, "SELECT group_concat(x) FROM log"), "one,two;");
}

#[test]
fn empty_statements_and_trailing_text() {
    let mut connection = memory();
    up(&mut connection, &numbered(&[";;\n CREATE TABLE a (x);;\n;\nCREATE TABLE b (x) /* end */"]));
    assert_eq!(query(&connection, "SELECT statements FROM schema_migrations"), "2");
}

#[test]
fn a_statement_of_four_megabytes() {
    let text = format!(
        "CREATE TABLE a (x);\nINSERT INTO a VALUES (x'{}');\n-- {}\nSELECT nowhere;\n",
        "ab".repeat(2_000_000),
        "x".repeat(1_000_000)
    );
    let mut connection = memory();
    let error = fails(&mut connection, &numbered(&[&text]));
    assert_eq!(error.place().unwrap().line(), Some(4));
    up(&mut connection, &numbered(&[&text.replace("nowhere", "1")]));
    assert_eq!(query(&connection, "SELECT length(x) FROM a"), "2000000");
}

#[test]
fn a_failing_statement_of_four_megabytes_is_not_shown_whole() {
    let text = format!("CREATE TABLE a (x);\nINSERT INTO a VALUES (x'{}', nowhere);\n", "ab".repeat(2_000_000));
    let error = schemactl::sqlite::up(&mut memory(), &numbered(&[&text])).unwrap_err();
    let report = format!("{error:#}");
    assert!(report.len() < 5_000, "{} bytes", report.len());
    assert!(report.contains("no such column: nowhere"));
}

/// What they cost is measured by a bench.
#[test]
fn a_hundred_thousand_statements_in_a_file() {
    let mut connection = memory();
    let lines: Vec<_> = (0..100_000).map(|at| format!("INSERT INTO a VALUES ({at});\n")).collect();
    up(&mut connection, &numbered(&[&format!("CREATE TABLE a (x);\n{}", lines.concat())]));
    assert_eq!(count(&connection, "a"), "100000");
}

/// What an `up` of these migrations warns of.
fn warnings(texts: &[&str]) -> Vec<String> {
    let told = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&told);
    let options = Options::new().on_event(move |event| {
        if let Event::Notice { message, .. } = event {
            kept.lock().unwrap().push(message.clone());
        }
    });
    up_with(&mut memory(), &numbered(texts), &options).unwrap();
    told.lock().unwrap().clone()
}

#[test]
fn a_view_or_trigger_that_no_longer_compiles_is_told_once() {
    let start = "CREATE TABLE a (x, y); CREATE TABLE log (x); CREATE VIEW v AS SELECT x FROM log;\n\
                 CREATE TRIGGER t AFTER INSERT ON a BEGIN INSERT INTO log VALUES (new.x); END";
    let told = warnings(&[start, "DROP TABLE log", "CREATE TABLE c (x)"]);
    assert_eq!(
        told,
        [
            "after migration 2 step_2: view v does not compile: no such table: main.log",
            "after migration 2 step_2: trigger t on a does not compile: no such table: main.log",
        ]
    );
    // What names something that never was, and columns that a rebuild left out.
    let told = warnings(&["CREATE TABLE a (x, y); CREATE VIEW v AS SELECT nowhere FROM a;\n\
         CREATE TRIGGER t AFTER UPDATE OF y ON a BEGIN SELECT new.y; END;\n\
         CREATE VIEW w AS SELECT 1 AS one; CREATE TRIGGER i INSTEAD OF INSERT ON w BEGIN SELECT new.two; END"]);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].contains("view v") && told[1].contains("trigger i on w"), "{told:?}");
    // Good ones, those that use each other, and functions of the application.
    let told = warnings(&[
        "CREATE TABLE a (x, y, g AS (x)); CREATE VIEW v AS SELECT x FROM a; CREATE VIEW w AS SELECT x, mine(x) FROM v;\n\
         CREATE TRIGGER t AFTER DELETE ON a BEGIN SELECT old.g; END; CREATE TRIGGER i INSTEAD OF UPDATE ON v BEGIN SELECT new.x; END",
    ]);
    assert_eq!(told, Vec::<String>::new());
}

#[test]
fn a_string_in_double_quotes_is_told_with_its_place() {
    let told = warnings(&[
        "CREATE TABLE a (\"x\" TEXT DEFAULT 'a', s TEXT CHECK (s IN (\"on\", 'off')));\nCREATE TABLE \"b\" (\"y\");",
        "UPDATE a SET x = 1 WHERE \"x\" = 'b';\n UPDATE \"a\" SET \"x\" = \"active\";\nINSERT INTO a (x) VALUES ('say \"no\"');",
    ]);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].contains("V0001__step_1.sql:1:1") && told[0].contains("on"), "{told:?}");
    assert!(told[1].contains("V0002__step_2.sql:2:2") && told[1].contains("active"), "{told:?}");
    let told = warnings(&["CREATE TABLE a (x); CREATE VIEW v AS SELECT x FROM a WHERE x = \"gone\""]);
    assert_eq!(told.len(), 1, "{told:?}");
}
