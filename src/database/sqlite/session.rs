use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::{failure, foreign_keys};
use crate::config::Options;
use crate::database::{Failure, Why};
use crate::error::Code;
use crate::event::Event;

/// How often a lock is asked for. SQLite's own busy handler may wait longer at each try: the application's is kept.
const POLL: Duration = Duration::from_millis(5);

/// Who waits says so this often.
const TELL: Duration = Duration::from_millis(250);

/// A write transaction that rolls back when it is dropped without a commit.
pub(super) struct Transaction<'c> {
    connection: &'c Connection,
    open: bool,
}

impl<'c> Transaction<'c> {
    /// Begins with the write lock, so that what is read inside cannot change before the commit.
    pub(super) fn begin(connection: &'c Connection) -> Result<Self, Failure> {
        connection.execute_batch("BEGIN IMMEDIATE").map_err(|error| failure::of(error, connection))?;
        Ok(Self { connection, open: true })
    }

    /// Commits. A reader may hold the commit up in rollback mode; it is tried again until `lock_wait` is over.
    pub(super) fn commit(mut self, options: &Options) -> Result<(), Failure> {
        until_free(options, || {
            self.connection.execute_batch("COMMIT").map_err(|error| {
                let code = error.sqlite_error().map(|error| error.extended_code);
                let mut failure = failure::of(error, self.connection);
                if code == Some(rusqlite::ffi::SQLITE_CONSTRAINT_FOREIGNKEY) {
                    failure.code = Code::ForeignKeys;
                    failure.cause = foreign_keys::first_orphans(self.connection).unwrap_or(failure.cause);
                }
                failure
            })
        })?;
        self.open = false;
        Ok(())
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        // Some errors (a full disk, RAISE(ROLLBACK)) have ended the transaction already.
        if self.open
            && !self.connection.is_autocommit()
            && let Err(error) = self.connection.execute_batch("ROLLBACK")
        {
            tracing::warn!("ROLLBACK failed: {error}");
        }
    }
}

/// Calls `work` until it does not find the database locked, until `lock_wait` is over.
pub(super) fn until_free<T>(options: &Options, mut work: impl FnMut() -> Result<T, Failure>) -> Result<T, Failure> {
    let start = Instant::now();
    let mut told = start;
    loop {
        match work() {
            Err(failure) if failure.why == Why::Busy && start.elapsed() < options.lock_wait => {}
            done => return done,
        }
        if options.interrupt.is_triggered() {
            return Err(Failure::new(Code::Interrupted, "interrupted while waiting").because(Why::Interrupted));
        }
        if told.elapsed() >= TELL {
            told = Instant::now();
            options.observer.emit(Event::WaitingForLock { holder: None, waited: start.elapsed() });
        }
        std::thread::sleep(POLL);
    }
}

/// Runs one statement to its end; rows that it returns are of no interest.
pub(super) fn run(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.raw_query();
    while rows.next()?.is_some() {}
    Ok(())
}

/// The number that a query counts.
pub(super) fn number(connection: &Connection, sql: &str) -> rusqlite::Result<u64> {
    connection.query_row(sql, [], |row| row.get::<_, i64>(0)).map(i64::unsigned_abs)
}
