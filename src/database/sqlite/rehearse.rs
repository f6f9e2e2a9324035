//! A dry run that runs: on a copy, so that the file is not touched and nobody waits for it.

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::sandbox::Sandbox;
use super::session::until_free;
use super::{SqliteDatabase, compile, failure, header, lock};
use crate::database::{Failure, HistoryTables, Job, Rehearsal, Tried, Why};
use crate::error::Code;

/// Runs steps on a copy, each in its own transaction as `up` would.
pub(super) fn run(database: &SqliteDatabase<'_>, jobs: &[Job<'_>], tried: &mut Tried) -> Result<Rehearsal, Failure> {
    if jobs.is_empty() {
        return Ok(Rehearsal::Ran(0));
    }
    let mut copy = copy(database)?;
    let sandbox = Sandbox::close(&mut copy).map_err(|error| failure::of(error, &copy))?;
    let mut rehearsed = SqliteDatabase::own(copy, &database.options);
    let tables = HistoryTables::Create(header::prelude(jobs));
    lock::acquire(&mut rehearsed, &tables).map_err(Failure::of_error)?;
    tried.unsound_before = compile::of_database(&rehearsed)?;
    sandbox.take();
    for (index, job) in jobs.iter().enumerate() {
        let done = super::step::transact(&rehearsed, std::slice::from_ref(job));
        // Told apart from a failure of the step: where nothing holds it back, it may well succeed.
        if let Some(outside) = sandbox.take() {
            return Ok(Rehearsal::Stopped { succeeded: index, why: why(job, &outside, done.err().as_ref()) });
        }
        let mut rows = done.map_err(|mut failure| {
            failure.job = index;
            failure
        })?;
        tried.note(rows.pop().unwrap_or_default(), compile::of_database(&rehearsed)?);
        // That a trigger would reach out is its own matter.
        sandbox.take();
    }
    Ok(Rehearsal::Ran(jobs.len()))
}

/// `version 3 archive: statement 2 attaches another database: archive.db`.
fn why(job: &Job<'_>, outside: &str, failure: Option<&Failure>) -> String {
    match failure.and_then(|failure| failure.statement) {
        Some(at) => format!("statement {} of {} {outside}", at + 1, job.step.name()),
        None => format!("{} {outside}", job.step.name()),
    }
}

/// The empty name is a private database that SQLite keeps in memory and, where it grows large, in a temporary file
/// (<https://www.sqlite.org/inmemorydb.html>, section 3).
fn copy(database: &SqliteDatabase<'_>) -> Result<Connection, Failure> {
    let connection = database.connection();
    let explain = |error| failure::of(error, connection);
    let mut copy = Connection::open("").map_err(explain)?;
    // Of one moment, however long it takes: a copy that others change while it is made begins anew at each change, and may never end.
    let moment = connection.unchecked_transaction().map_err(explain)?;
    until_free(&database.options, || {
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())).map_err(explain)
    })?;
    // The copy of an empty file would have a page.
    if header::pages(connection).map_err(explain)? > 0 {
        let backup = Backup::new(connection, &mut copy).map_err(explain)?;
        while !until_free(&database.options, || step(&backup).map_err(explain))? {
            if database.options.interrupt.is_triggered() {
                return Err(Failure::new(Code::Interrupted, "interrupted").because(Why::Interrupted));
            }
        }
    }
    moment.finish().map_err(explain)?;
    let foreign_keys: bool = connection.query_row("PRAGMA foreign_keys", [], |row| row.get(0)).map_err(explain)?;
    copy.pragma_update(None, "foreign_keys", foreign_keys).map_err(explain)?;
    Ok(copy)
}

/// Copies some pages; true when all are.
fn step(backup: &Backup<'_, '_>) -> rusqlite::Result<bool> {
    const PAGES: std::ffi::c_int = 4_096;
    match backup.step(PAGES)? {
        StepResult::Done => Ok(true),
        StepResult::Busy | StepResult::Locked => {
            let busy = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY);
            Err(rusqlite::Error::SqliteFailure(busy, Some("database is locked".to_owned())))
        }
        _ => Ok(false),
    }
}
