//! Steps that run statement by statement, each with its journal entry.

use std::time::Instant;

use super::foreign_keys::Enforcement;
use super::session::Transaction;
use super::{SqliteDatabase, failure, session, step};
use crate::database::{Failure, Job, Write};
use crate::sql::{Kind, Statement};

/// Runs one statement and its journal entry in one transaction.
pub(super) fn journal(
    database: &SqliteDatabase<'_>,
    job: &Job<'_>,
    statement: &Statement<'_>,
    entry: &Write<'_>,
) -> Result<(), Failure> {
    let connection = database.connection();
    let is_shape = matches!(statement.kind, Kind::Shape(_));
    let enforcement = if is_shape { Some(Enforcement::switch_off(connection)?) } else { None };
    let transaction = Transaction::begin(connection)?;
    if let Some(enforcement) = &enforcement {
        enforcement.before(connection)?;
    }
    database.tables.check(connection, &entry.expected)?;
    step::statement(database, statement).map_err(|failure| failure.at(0, None, None))?;
    if let Some(enforcement) = &enforcement {
        enforcement.after(connection, job)?;
    }
    database.tables.write(connection, entry, &database.options, Instant::now())?;
    transaction.commit(database.options.lock_wait)
}

/// Runs one statement that SQLite refuses inside a transaction. Its effect on the connection is meant to stay until the
/// step is over, so that an ATTACH serves the statements after it.
pub(super) fn run(database: &SqliteDatabase<'_>, statement: &Statement<'_>) -> Result<(), Failure> {
    let connection = database.connection();
    database.touched.set(true);
    session::run(connection, statement.text).map_err(|error| failure::of(error, connection))
}
