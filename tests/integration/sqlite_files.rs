//! Files that are missing, read-only, full, damaged or something else; interrupts.
#![cfg(feature = "sqlite")]

use std::time::{Duration, Instant};

use crate::sqlite_shared::*;
use schemactl::{Code, ErrorKind, Event, Interrupt, Options, sqlite};
use schemactl_test_support::rusqlite::{Connection, OpenFlags};
use schemactl_test_support::sqlite::temp;

const ONE: &str = "CREATE TABLE a (x);";

fn url_fails(url: &str, code: Code) -> schemactl::Error {
    let error = shown(sqlite::up_url(url, &numbered(&[ONE]), &Options::new()).unwrap_err());
    assert_eq!(error.code(), code, "{error:#}");
    error
}

#[test]
fn a_missing_file_is_created_and_an_empty_one_is_an_empty_database() {
    let database = temp();
    sqlite::up_url(&database.url(), &numbered(&[ONE]), &Options::new()).unwrap();
    let database = temp();
    std::fs::write(database.path(), b"").unwrap();
    assert_eq!(sqlite::up_url(&database.url(), &numbered(&[ONE]), &Options::new()).unwrap().to_string(), "1 applied");
}

#[test]
fn things_that_are_no_database() {
    let database = temp();
    let mut noise = vec![0xA5_u8; 8192];
    noise[..7].copy_from_slice(b"garbage");
    std::fs::write(database.path(), &noise).unwrap();
    let error = url_fails(&database.url(), Code::NotADatabase);
    assert!(!error.hints().is_empty(), "{error:#}");
    assert_eq!(std::fs::read(database.path()).unwrap(), noise);
    url_fails(&format!("sqlite:{}", database.folder().display()), Code::Connect);
    let error = url_fails(&format!("sqlite:{}/no/such/folder/x.db", database.folder().display()), Code::Connect);
    assert!(error.hints()[0].to_string().contains("mkdir"), "{error:#}");
    let missing = format!("sqlite:{}/missing.db?mode=rw", database.folder().display());
    url_fails(&missing, Code::Connect);
    assert!(!database.folder().join("missing.db").exists());
}

#[test]
fn a_damaged_schema_is_told() {
    let database = temp();
    database.execute("CREATE TABLE a (x); CREATE TABLE b (x)");
    let mut bytes = std::fs::read(database.path()).unwrap();
    bytes[100..200].fill(0xFF);
    std::fs::write(database.path(), &bytes).unwrap();
    url_fails(&database.url(), Code::NotADatabase);
}

#[test]
fn a_read_only_connection_can_be_asked_and_not_changed() {
    for mode in ["delete", "wal"] {
        let database = temp();
        database.query(&format!("PRAGMA journal_mode = {mode}"));
        up(&mut database.open(), &numbered(&[ONE]));
        let mut connection = Connection::open_with_flags(database.path(), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        let two = numbered(&[ONE, "CREATE TABLE b (x);"]);
        assert_eq!(sqlite::pending(&connection, &two, &Options::new()).unwrap(), [version(2)]);
        assert!(up(&mut connection, &numbered(&[ONE])).is_empty());
        let error = fails_with(&mut connection, &two, Code::ReadOnly);
        assert!(error.hints().iter().any(|hint| hint.to_string().contains("writable")), "{error:#}");
        let read_only = format!("{}?mode=ro", database.url());
        assert!(sqlite::up_url(&read_only, &numbered(&[ONE]), &Options::new()).unwrap().is_empty());
    }
    let database = temp();
    database.execute("CREATE TABLE other (x)");
    url_fails(&format!("{}?mode=ro", database.url()), Code::ReadOnly);
}

#[test]
fn pending_in_memory_and_without_history() {
    let connection = memory();
    assert_eq!(sqlite::pending(&connection, &numbered(&[ONE]), &Options::new()).unwrap(), [version(1)]);
    assert_eq!(query(&connection, "SELECT count(*) FROM sqlite_schema"), "0");
}

#[test]
fn r9_a_full_disk_rolls_back() {
    let database = temp();
    let mut connection = database.open();
    up(&mut connection, &numbered(&[ONE]));
    connection.execute_batch("PRAGMA max_page_count = 20").unwrap();
    let big = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 1000) INSERT INTO a SELECT zeroblob(1000) FROM n;\n";
    let error = fails_with(&mut connection, &numbered(&[ONE, &format!("CREATE TABLE b (x);\n{big}")]), Code::DiskFull);
    assert!(error.database_state().unwrap().contains("rolled back"), "{error:#}");
    assert_eq!(error.place().unwrap().line(), Some(2));
    assert_eq!(history(&connection), "1|applied|1|1");
    assert_eq!(query(&connection, "SELECT count(*) FROM sqlite_schema WHERE name = 'b'"), "0");
    connection.execute_batch("PRAGMA max_page_count = 2000").unwrap();
    up(&mut connection, &numbered(&[ONE, &format!("CREATE TABLE b (x);\n{big}")]));
    // And where there is no room for the history itself.
    let database = temp();
    let mut connection = database.open();
    connection.execute_batch("CREATE TABLE a (x); PRAGMA max_page_count = 2").unwrap();
    let error = fails(&mut connection, &numbered(&["CREATE TABLE b (x);"]));
    assert_eq!(error.code(), Code::DiskFull, "{error:#}");
}

#[test]
fn r9_a_disk_that_is_really_full() {
    let disk = schemactl_test_support::disk::Small::new(300);
    if !disk.real() {
        return;
    }
    let mut connection = Connection::open(disk.path().join("a.db")).unwrap();
    up(&mut connection, &numbered(&[ONE]));
    let big = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 1000) INSERT INTO a SELECT zeroblob(1000) FROM n;\n";
    fails_with(&mut connection, &numbered(&[ONE, big]), Code::DiskFull);
    assert_eq!(history(&connection), "1|applied|1|1");
    assert_eq!(query(&connection, "PRAGMA integrity_check"), "ok");
}

const SLOW: &str = "INSERT INTO a WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 30000000) SELECT n FROM n WHERE n % 1000 = 0;\n";

#[test]
fn r22_an_interrupt_inside_a_statement_rolls_back() {
    for head in ["", "-- schemactl: transaction = none\n"] {
        let database = temp();
        let mut connection = database.open();
        up(&mut connection, &numbered(&[ONE]));
        let slow = numbered(&[ONE, &format!("{head}INSERT INTO a VALUES (0);\n{SLOW}")]);
        let interrupt = Interrupt::new();
        let stopper = interrupt.clone();
        let thread = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(200));
            stopper.trigger();
        });
        let start = Instant::now();
        let error = shown(up_with(&mut connection, &slow, &Options::new().interrupt(interrupt)).unwrap_err());
        thread.join().unwrap();
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
        assert_eq!(error.kind(), ErrorKind::Interrupted);
        assert!(connection.is_autocommit());
        assert_eq!(count(&connection, "a"), if head.is_empty() { "0" } else { "1" });
        assert_eq!(
            query(&connection, "SELECT outcome FROM schema_migrations_log ORDER BY id DESC LIMIT 1"),
            "interrupted"
        );
        // The statement where it stopped may be made quicker; what is done stays as it is.
        let quick = numbered(&[ONE, &format!("{head}INSERT INTO a VALUES (0);\n{}", SLOW.replace("30000000", "3000"))]);
        up(&mut connection, &quick);
        assert_eq!(count(&connection, "a"), "4");
    }
}

#[test]
fn r22_an_interrupt_between_steps_keeps_those_that_are_done() {
    let mut connection = memory();
    let interrupt = Interrupt::new();
    let stopper = interrupt.clone();
    let options = Options::new().interrupt(interrupt).on_event(move |event| {
        if matches!(event, Event::StepFinished { .. }) {
            stopper.trigger();
        }
    });
    let migrations = numbered(&[ONE, "CREATE TABLE b (x);"]);
    let error = shown(up_with(&mut connection, &migrations, &options).unwrap_err());
    assert_eq!(error.code(), Code::Interrupted);
    assert_eq!(history(&connection), "1|applied|1|1");
    up(&mut connection, &migrations);
}

#[test]
fn assert_applies_shows_the_report() {
    let bad = numbered(&[ONE, "CREATE TABLE b (x);\nSELECT nowhere;"]);
    let panicked = std::panic::catch_unwind(|| sqlite::assert_applies(&bad)).unwrap_err();
    let text = panicked.downcast_ref::<String>().unwrap();
    assert!(text.contains("no such column: nowhere") && text.contains("V0002__step_2.sql:2"), "{text}");
    let leaves = migrations(&[("V1__a.sql", ONE), ("V1__a.down.sql", "SELECT 1;")]);
    assert!(std::panic::catch_unwind(|| sqlite::assert_applies(&leaves)).is_err());
}
