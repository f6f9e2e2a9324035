//! SQLite's lock is its write transaction: a step holds it from before it reads the history until it is recorded.

use super::session::{Transaction, until_free};
use super::state::Settings;
use super::{SqliteDatabase, failure};
use crate::database::{Failure, Why, Write};
use crate::error::{Code, Error, Result};

/// Begins a run: notes the settings of the connection, and creates the history's tables.
pub(super) fn begin(database: &mut SqliteDatabase<'_>) -> Result<()> {
    let connection = database.connection.get();
    database.settings =
        Settings::read(connection).map_err(|error| failure::query(error, &database.label, connection))?;
    create_tables(database)
}

/// Creates the history's tables where they are missing.
pub(super) fn create_tables(database: &SqliteDatabase<'_>) -> Result<()> {
    let connection = database.connection();
    if database.tables.exist(connection).map_err(|error| failure::query(error, &database.label, connection))? {
        return Ok(());
    }
    let created = until_free(database.options.lock_wait, || {
        let transaction = Transaction::begin(connection)?;
        connection.execute_batch(&database.tables.create()).map_err(|error| failure::of(error, connection))?;
        transaction.commit(database.options.lock_wait)
    });
    created.map_err(|failure| error(database, failure, "the history table cannot be created"))
}

/// Writes to the history alone.
pub(super) fn write(database: &SqliteDatabase<'_>, writes: &[Write<'_>]) -> Result<(), Failure> {
    let connection = database.connection();
    until_free(database.options.lock_wait, || {
        let transaction = Transaction::begin(connection)?;
        for write in writes {
            database.tables.write(connection, write, &database.options, std::time::Instant::now())?;
        }
        transaction.commit(database.options.lock_wait)
    })
}

fn error(database: &SqliteDatabase<'_>, failure: Failure, what: &str) -> Error {
    let code = match (failure.why, failure.code) {
        (Why::Interrupted, _) => Code::Interrupted,
        (_, Code::StatementFailed) => Code::HistoryTable,
        (_, code) => code,
    };
    let mut error = Error::new(code, format!("{what} in {}", database.label))
        .with_cause(failure.cause)
        .with_state("nothing was changed");
    for hint in failure.hints {
        error = error.with_hint(hint);
    }
    error
}
