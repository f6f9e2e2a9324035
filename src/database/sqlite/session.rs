use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode};

use super::failure;
use crate::database::{Failure, Why};

/// How often a lock is asked for. SQLite's own busy handler may wait longer at each try: the application's is kept.
const POLL: Duration = Duration::from_millis(5);

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

    /// Commits. A reader may hold the commit up in rollback mode; it is tried again for `patience`.
    pub(super) fn commit(mut self, patience: Duration) -> Result<(), Failure> {
        let start = Instant::now();
        loop {
            match self.connection.execute_batch("COMMIT") {
                Ok(()) => break,
                Err(error) if is_busy(&error) && start.elapsed() < patience => std::thread::sleep(POLL),
                Err(error) => return Err(failure::of(error, self.connection)),
            }
        }
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

pub(super) fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

/// Calls `work` until it does not find the database locked, for `patience` at most.
pub(super) fn until_free<T>(patience: Duration, mut work: impl FnMut() -> Result<T, Failure>) -> Result<T, Failure> {
    let start = Instant::now();
    loop {
        match work() {
            Err(failure) if failure.why == Why::Busy && start.elapsed() < patience => std::thread::sleep(POLL),
            done => return done,
        }
    }
}

/// Runs one statement to its end; rows that it returns are of no interest.
pub(super) fn run(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.raw_query();
    while rows.next()?.is_some() {}
    Ok(())
}
