//! The cases of tests/cases/sqlite.

use std::fmt::Write as _;
use std::fs;
use std::task::{Context, Poll, Waker};

use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;

use super::super::*;
use super::{folders, migration};
use crate::config::Fingerprinting;
use crate::database::sqlite::SqliteDatabase;
use crate::down::sqlite::SqliteScratch;
use crate::plan::Target;

/// SQLite's futures are ready when they are first polled.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => unreachable!("nothing here waits"),
    }
}

/// A database with the function that a case has of its application.
fn live() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    let flags = FunctionFlags::SQLITE_UTF8;
    connection.create_scalar_function("my_own_function", 1, flags, |_| Ok(rusqlite::types::Null)).unwrap();
    connection
}

fn look_at(connection: &Connection, migrations: &Migrations, options: &Options) -> Drift {
    let mut database = SqliteDatabase::borrow(connection, options);
    let drift = look(&mut database, migrations, options, Depth::Sql, async || SqliteScratch::open());
    block_on(drift).unwrap_or_else(|error| panic!("{error:#}"))
}

fn apply(connection: &Connection, migrations: &Migrations, options: &Options) -> Result<()> {
    let mut database = SqliteDatabase::borrow(connection, options);
    block_on(run::up(&mut database, migrations, &Target::Latest, options)).map(drop)
}

/// Whether a case was one for the test, and what was wrong.
type Judged = std::result::Result<bool, String>;

/// Fails with the cases that fail. At least so many must be ones for the test.
fn each(least: usize, case: impl Fn(&str, &str) -> Judged) {
    let (mut judged, mut wrong) = (0, String::new());
    for folder in folders("sqlite") {
        let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap_or_default();
        match case(&read("before.sql"), &read("up.sql")) {
            Ok(was) => judged += usize::from(was),
            Err(reason) => {
                let _ = writeln!(wrong, "{}: {reason}", folder.file_name().unwrap().display());
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
    assert!(judged >= least || std::env::var("SCHEMACTL_CASE").is_ok(), "only {judged} cases were judged");
}

#[test]
fn r36_a_replay_raises_no_false_alarm() {
    each(110, |before, up| {
        let list = [before, up].into_iter().filter(|text| !text.trim().is_empty());
        let migrations = Migrations::of((1..).zip(list).map(|(version, text)| migration(version, text)).collect());
        let options = Options::new().fingerprinting(Fingerprinting::On);
        let connection = live();
        if apply(&connection, &migrations, &options).is_err() {
            // The runner refuses some of what is proven.
            return Ok(false);
        }
        let recorded = look_at(&connection, &migrations, &options);
        assert_eq!(recorded.recorded, Some(recorded.live));
        connection.execute("UPDATE schema_migrations SET fingerprint = NULL", []).unwrap();
        match look_at(&connection, &migrations, &options).finding {
            Finding::None => Ok(true),
            other => Err(format!("{other:?}")),
        }
    });
}

#[test]
fn r36_what_was_done_by_hand_is_found_and_shown() {
    each(100, |before, up| {
        let list = Some(before).filter(|text| !text.trim().is_empty());
        let migrations = Migrations::of(list.map(|text| migration(1, text)).into_iter().collect());
        let options = Options::new().fingerprinting(Fingerprinting::On);
        let connection = live();
        apply(&connection, &migrations, &options).map_err(|error| format!("{error:#}"))?;
        let was = look_at(&connection, &migrations, &options).live;
        if connection.execute_batch(&format!("PRAGMA foreign_keys = OFF; {up}")).is_err() {
            return Ok(false);
        }
        let drift = look_at(&connection, &migrations, &options);
        match &drift.finding {
            // Some change rows alone.
            Finding::None => (drift.live == was).then_some(false).ok_or("it was not found".to_owned()),
            Finding::Differs(differences) => shown(before, differences, &drift.live).map(|()| true),
            other => Err(format!("{other:?}")),
        }
    });
}

/// What is said to have been done makes, of what was there before, what is there now, and what takes it back makes that again.
fn shown(before: &str, differences: &Differences, live: &Stamp) -> std::result::Result<(), String> {
    let (Some(done), Some(undo)) = (&differences.done, &differences.undo) else {
        return Err(format!("there is no SQL: {differences:?}"));
    };
    let connection = self::live();
    connection.execute_batch(&format!("PRAGMA foreign_keys = OFF; {before}")).unwrap();
    let options = Options::new();
    let stamp = || block_on(crate::database::Reader::seen(&mut SqliteDatabase::borrow(&connection, &options))).unwrap();
    let was = stamp();
    let run = |sql: &Sql| connection.execute_batch(&sql.text).map_err(|error| format!("{error}\n{}", sql.text));
    run(done)?;
    if stamp().stamp != *live {
        return Err(format!("what was done is not\n{}", done.text));
    }
    run(undo)?;
    if stamp() == was { Ok(()) } else { Err(format!("it is not taken back by\n{}", undo.text)) }
}
