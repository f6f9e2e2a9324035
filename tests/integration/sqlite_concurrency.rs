//! Many starters, readers, and locks: R2 in one process.
#![cfg(feature = "sqlite")]

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::time::{Duration, Instant};

use crate::sqlite_shared::*;
use schemactl::{Code, Event, Interrupt, Migrations, Options, TransactionMode, sqlite};
use schemactl_test_support::sqlite::{TempDatabase, temp};

const STARTERS: usize = 32;
const STEPS: usize = 12;

/// Every step adds a row: one that is run twice shows.
fn adding() -> Migrations {
    let mut texts = vec!["CREATE TABLE seen (step INTEGER);".to_owned()];
    texts.extend((2..=STEPS).map(|step| format!("CREATE TABLE t{step} (x);\nINSERT INTO seen VALUES ({step});\n")));
    numbered(&texts.iter().map(String::as_str).collect::<Vec<_>>())
}

fn half(migrations: &Migrations) -> schemactl::Target {
    assert!(migrations.len() >= STEPS / 2);
    schemactl::Target::Version(version(i64::try_from(STEPS / 2).unwrap()))
}

fn start(database: &TempDatabase, migrations: &Migrations, options: &Options) {
    let barrier = Barrier::new(STARTERS);
    let applied = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..STARTERS {
            scope.spawn(|| {
                barrier.wait();
                let report = if applied.lock().unwrap().len() % 2 == 0 {
                    sqlite::up_url(&database.url(), migrations, options)
                } else {
                    sqlite::up_with(&mut database.open(), migrations, &schemactl::Target::Latest, options)
                };
                let report = report.unwrap_or_else(|error| panic!("{error:#}"));
                applied.lock().unwrap().extend(report.steps().iter().map(|step| step.version));
            });
        }
    });
    let mut versions = applied.into_inner().unwrap();
    versions.sort_unstable();
    let twice = versions.windows(2).find(|pair| pair[0] == pair[1]);
    assert_eq!(twice, None, "one step, one starter");
}

fn assert_each_once(database: &TempDatabase) {
    assert_eq!(database.query("SELECT count(*), count(DISTINCT step) FROM seen"), format!("{0}|{0}", STEPS - 1));
    assert_eq!(database.query("SELECT count(*) FROM schema_migrations WHERE state = 'applied'"), STEPS.to_string());
    assert_eq!(
        database.query("SELECT count(*), count(DISTINCT version) FROM schema_migrations_log WHERE outcome = 'done'"),
        format!("{STEPS}|{STEPS}")
    );
    assert_eq!(database.query("SELECT count(*) FROM schema_migrations_log"), STEPS.to_string());
    assert_eq!(database.query("PRAGMA integrity_check"), "ok");
}

fn many_starters(mode: &str, half_done: bool, options: &Options) {
    let database = temp();
    database.query(&format!("PRAGMA journal_mode = {mode}"));
    let migrations = adding();
    if half_done {
        sqlite::up_with(&mut database.open(), &migrations, &half(&migrations), &Options::new()).unwrap();
    }
    start(&database, &migrations, options);
    assert_each_once(&database);
}

#[test]
fn r2_many_starters_on_an_empty_file() {
    many_starters("delete", false, &Options::new());
}

#[test]
fn r2_many_starters_on_an_empty_file_in_wal_mode() {
    many_starters("wal", false, &Options::new());
}

#[test]
fn r2_many_starters_on_a_half_migrated_file() {
    many_starters("delete", true, &Options::new());
}

#[test]
fn r2_many_starters_on_a_half_migrated_file_in_wal_mode() {
    many_starters("wal", true, &Options::new());
}

#[test]
fn r2_many_starters_in_one_transaction_each() {
    many_starters("delete", true, &Options::new().transaction(TransactionMode::All));
}

#[test]
fn r2_many_starters_of_files_that_run_statement_by_statement() {
    let database = temp();
    let inserts = |step: usize| {
        let lines: Vec<_> = (0..5).map(|at| format!("INSERT INTO seen VALUES ({});\n", step * 10 + at)).collect();
        lines.concat()
    };
    let migrations = numbered(&[
        "CREATE TABLE seen (step INTEGER);",
        &format!("{}VACUUM;\n{}", inserts(1), inserts(2)),
        &format!("PRAGMA journal_mode = WAL;\n{}", inserts(3)),
        &format!("-- schemactl: transaction = none\n{}", inserts(4)),
    ]);
    start(&database, &migrations, &Options::new());
    assert_eq!(database.query("SELECT count(*), count(DISTINCT step) FROM seen"), "20|20");
    assert_eq!(database.query("SELECT count(*) FROM schema_migrations WHERE state = 'applied'"), "4");
    assert_eq!(database.query("SELECT count(*) FROM schema_migrations_log WHERE outcome <> 'done'"), "0");
}

#[test]
fn r2_many_starters_with_readers() {
    for mode in ["delete", "wal"] {
        let database = temp();
        database.execute("CREATE TABLE busy (x); INSERT INTO busy VALUES (1), (2), (3)");
        database.query(&format!("PRAGMA journal_mode = {mode}"));
        let over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    let connection = database.open();
                    while !over.load(Ordering::SeqCst) {
                        // The SHARED lock is held for as long as the transaction is open.
                        if connection.execute_batch("BEGIN; SELECT * FROM busy").is_ok() {
                            std::thread::sleep(Duration::from_millis(30));
                        }
                        let _ = connection.execute_batch("COMMIT");
                        std::thread::sleep(Duration::from_millis(5));
                    }
                });
            }
            // Set also where this fails, so that the readers end.
            let _guard = Over(&over);
            start(&database, &adding(), &Options::new());
        });
        assert_each_once(&database);
    }
}

struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

fn with_writer(
    options: &Options,
    check: impl FnOnce(&TempDatabase, Result<schemactl::Report, schemactl::Error>, Duration),
) {
    let database = temp();
    let mut connection = database.open();
    up(&mut connection, &numbered(&["CREATE TABLE a (x);"]));
    let writer = database.open();
    writer.execute_batch("BEGIN IMMEDIATE; INSERT INTO a VALUES (1)").unwrap();
    let start = Instant::now();
    let result = up_with(&mut connection, &numbered(&["CREATE TABLE a (x);", "CREATE TABLE b (x);"]), options);
    let took = start.elapsed();
    assert_eq!(query(&connection, "PRAGMA busy_timeout"), "5000");
    writer.execute_batch("COMMIT").unwrap();
    check(&database, result, took);
}

#[test]
fn r2_lock_wait_is_kept_and_told() {
    with_writer(&Options::new().lock_wait(Duration::from_millis(400)), |database, result, took| {
        let error = shown(result.unwrap_err());
        assert_eq!(error.code(), Code::LockTimeout);
        assert!(error.hints().iter().any(|hint| hint.to_string().contains("fuser")), "{error:#}");
        assert!(error.hints().iter().any(|hint| hint.to_string().contains("lock_wait")), "{error:#}");
        assert!(error.database_state().unwrap().contains("version 1"), "{error:#}");
        assert!(took >= Duration::from_millis(400) && took < Duration::from_secs(3), "{took:?}");
        assert_eq!(database.query("SELECT max(version) FROM schema_migrations"), "1");
    });
}

#[test]
fn r2_lock_wait_is_kept_when_the_history_is_created() {
    let database = temp();
    let writer = database.open();
    writer.execute_batch("CREATE TABLE a (x); BEGIN IMMEDIATE").unwrap();
    let options = Options::new().lock_wait(Duration::from_millis(300));
    let start = Instant::now();
    let error = shown(up_with(&mut database.open(), &numbered(&["CREATE TABLE b (x);"]), &options).unwrap_err());
    assert_eq!(error.code(), Code::LockTimeout);
    assert!(error.to_string().contains("locked"), "{error:#}");
    assert!(start.elapsed() < Duration::from_secs(3));
}

#[test]
fn r2_lock_wait_is_kept_at_commit_with_a_reader() {
    let database = temp();
    let mut connection = database.open();
    up(&mut connection, &numbered(&["CREATE TABLE a (x);"]));
    let reader = database.open();
    reader.execute_batch("BEGIN").unwrap();
    query(&reader, "SELECT * FROM a");
    let options = Options::new().lock_wait(Duration::from_millis(300));
    let migrations = numbered(&["CREATE TABLE a (x);", "CREATE TABLE b (x);"]);
    let error = shown(up_with(&mut connection, &migrations, &options).unwrap_err());
    assert_eq!(error.code(), Code::LockTimeout);
    assert!(connection.is_autocommit());
    reader.execute_batch("COMMIT").unwrap();
    assert_eq!(history(&connection), "1|applied|1|1");
    // With the reader gone in time, it goes through.
    reader.execute_batch("BEGIN").unwrap();
    query(&reader, "SELECT * FROM a");
    std::thread::scope(|scope| {
        scope.spawn(move || {
            std::thread::sleep(Duration::from_millis(300));
            reader.execute_batch("COMMIT").unwrap();
        });
        up_with(&mut connection, &migrations, &Options::new()).unwrap();
    });
}

#[test]
fn r2_an_exclusive_lock_is_waited_for_by_readers_of_the_history() {
    let database = temp();
    let migrations = numbered(&["CREATE TABLE a (x);"]);
    up(&mut database.open(), &migrations);
    let writer = database.open();
    writer.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let connection = database.open();
    connection.execute_batch("PRAGMA busy_timeout = 0").unwrap();
    let options = Options::new().lock_wait(Duration::from_millis(300));
    let error = shown(sqlite::pending(&connection, &migrations, &options).unwrap_err());
    assert_eq!(error.code(), Code::LockTimeout);
    std::thread::scope(|scope| {
        scope.spawn(move || {
            std::thread::sleep(Duration::from_millis(200));
            writer.execute_batch("COMMIT").unwrap();
        });
        assert!(sqlite::pending(&connection, &migrations, &Options::new()).unwrap().is_empty());
    });
}

#[test]
fn r22_an_interrupt_ends_waiting_for_a_lock() {
    let interrupt = Interrupt::new();
    let waits = Arc::new(AtomicBool::new(false));
    let (seen, told) = (interrupt.clone(), Arc::clone(&waits));
    let options =
        Options::new().lock_wait(Duration::from_secs(20)).interrupt(interrupt.clone()).on_event(move |event| {
            if matches!(event, Event::WaitingForLock { .. }) {
                told.store(true, Ordering::SeqCst);
                seen.trigger();
            }
        });
    with_writer(&options, |database, result, took| {
        let error = shown(result.unwrap_err());
        assert_eq!(error.code(), Code::Interrupted);
        assert!(waits.load(Ordering::SeqCst));
        assert!(took < Duration::from_secs(3), "{took:?}");
        assert_eq!(database.query("SELECT max(version) FROM schema_migrations"), "1");
    });
}

#[test]
fn an_application_inside_a_transaction_is_told_so() {
    for begin in ["BEGIN", "BEGIN IMMEDIATE; CREATE TABLE mine (x)", "SAVEPOINT s"] {
        let mut connection = memory();
        connection.execute_batch(begin).unwrap();
        let error = fails(&mut connection, &numbered(&["CREATE TABLE a (x);"]));
        assert!(error.to_string().contains("transaction open"), "{error:#}");
        assert!(!connection.is_autocommit(), "it stays the application's");
        connection.execute_batch("ROLLBACK").unwrap();
        up(&mut connection, &numbered(&["CREATE TABLE a (x);"]));
    }
}
