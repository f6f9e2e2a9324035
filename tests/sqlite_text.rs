//! The forms that a file's text can have.
#![cfg(feature = "sqlite")]

mod sqlite_shared;

use std::time::{Duration, Instant};

use schemactl::Code;
use sqlite_shared::*;

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
    let start = Instant::now();
    let mut connection = memory();
    let error = fails(&mut connection, &numbered(&[&text]));
    assert_eq!(error.place().unwrap().line(), Some(4));
    up(&mut connection, &numbered(&[&text.replace("nowhere", "1")]));
    assert_eq!(query(&connection, "SELECT length(x) FROM a"), "2000000");
    assert!(start.elapsed() < Duration::from_secs(120), "{:?}", start.elapsed());
}

#[test]
fn a_failing_statement_of_four_megabytes_is_not_shown_whole() {
    let text = format!("CREATE TABLE a (x);\nINSERT INTO a VALUES (x'{}', nowhere);\n", "ab".repeat(2_000_000));
    let error = schemactl::sqlite::up(&mut memory(), &numbered(&[&text])).unwrap_err();
    let report = format!("{error:#}");
    assert!(report.len() < 5_000, "{} bytes", report.len());
    assert!(report.contains("no such column: nowhere"));
}

#[test]
fn a_hundred_thousand_statements_take_time_in_proportion() {
    let time = |count: usize| {
        let mut connection = memory();
        let lines: Vec<_> = (0..count).map(|at| format!("INSERT INTO a VALUES ({at});\n")).collect();
        let start = Instant::now();
        up(&mut connection, &numbered(&[&format!("CREATE TABLE a (x);\n{}", lines.concat())]));
        assert_eq!(self::count(&connection, "a"), count.to_string());
        start.elapsed()
    };
    let (half, whole) = (time(50_000), time(100_000));
    assert!(whole < half * 3 + Duration::from_millis(500), "50,000 took {half:?}, 100,000 took {whole:?}");
}
