//! A dry run that runs: on a copy, so that the file is not touched and nobody waits for it.

use std::time::Duration;

use rusqlite::Connection;
use rusqlite::backup::Backup;

use super::{SqliteDatabase, failure, lock, step};
use crate::database::{Failure, Job, Rehearsal};
use crate::error::Error;

/// Runs steps on a copy, each in its own transaction as `up` would.
pub(super) fn run(database: &SqliteDatabase<'_>, jobs: &[Job<'_>]) -> Result<Rehearsal, Failure> {
    let copy = copy(database.connection()).map_err(|error| failure::of(error, database.connection()))?;
    let mut rehearsed = SqliteDatabase::own(copy, &database.options);
    lock::begin(&mut rehearsed).map_err(|error| of_error(&error))?;
    for (index, job) in jobs.iter().enumerate() {
        step::transact(&rehearsed, std::slice::from_ref(job)).map_err(|mut failure| {
            failure.job = index;
            failure
        })?;
    }
    Ok(Rehearsal::Ran(jobs.len()))
}

/// The empty name is a private database that SQLite keeps in memory and, where it grows large, in a temporary file
/// (<https://www.sqlite.org/inmemorydb.html>, section 3).
fn copy(connection: &Connection) -> rusqlite::Result<Connection> {
    const PAGES: std::ffi::c_int = 4_096;
    let mut copy = Connection::open("")?;
    Backup::new(connection, &mut copy)?.run_to_completion(PAGES, Duration::ZERO, None)?;
    let foreign_keys: bool = connection.query_row("PRAGMA foreign_keys", [], |row| row.get(0))?;
    copy.pragma_update(None, "foreign_keys", foreign_keys)?;
    Ok(copy)
}

fn of_error(error: &Error) -> Failure {
    Failure::new(error.code(), error.cause().unwrap_or_default())
}
