//! Steps that run statement by statement, each with its journal entry.

use std::time::Instant;

use super::foreign_keys::Enforcement;
use super::meter::Meter;
use super::session::Transaction;
use super::{SqliteDatabase, failure, header, session, state, step, watch};
use crate::database::{Consent, Failure, Job, Write};
use crate::sql::{EnforcementRequest as Switched, Outside, Statement, StatementKind, with_line_feeds};

/// Runs one statement and its journal entry in one transaction.
pub(super) fn journal(
    database: &SqliteDatabase<'_>,
    job: &Job<'_>,
    statement: &Statement<'_>,
    entry: &Write<'_>,
) -> Result<(), Failure> {
    let connection = database.connection();
    let asked_for = job.analysis.shapes.enforcement == Switched::SwitchedOff;
    let is_needed = asked_for || matches!(statement.kind, StatementKind::Shape(_));
    let enforcement = if is_needed { Some(Enforcement::switch_off(connection)?) } else { None };
    let transaction = Transaction::begin(connection)?;
    if let Some(enforcement) = &enforcement {
        enforcement.before(connection)?;
    }
    database.tables.check(connection, &entry.expected)?;
    step::look_for_quoted(database, job, statement)?;
    watched(database, job, statement)?;
    watch::note_alone(database, job, statement)?;
    if let Some(enforcement) = &enforcement {
        enforcement.after(connection, std::slice::from_ref(job))?;
    }
    database.tables.write(connection, entry, &database.options, Instant::now())?;
    transaction.commit(&database.options)
}

/// What a statement of a down does to rows is counted before it is committed.
fn watched(database: &SqliteDatabase<'_>, job: &Job<'_>, statement: &Statement<'_>) -> Result<(), Failure> {
    if job.consent != Consent::Missing {
        return step::statement(database, statement);
    }
    let mut meter = Meter::begin(database.connection(), job, &database.options.table)?;
    meter.watch(statement, || step::statement(database, statement))?;
    job.agree_to(&meter.finish()?, &[])
}

/// Runs one statement that SQLite refuses inside a transaction. Its effect on the connection is meant to stay until the
/// step is over, so that an ATTACH serves the statements after it.
pub(super) fn run(database: &SqliteDatabase<'_>, statement: &Statement<'_>) -> Result<(), Failure> {
    let connection = database.connection();
    database.touched.set(true);
    session::run(connection, &with_line_feeds(statement.text)).map_err(|error| failure::of(error, connection))
}

/// Does again what a statement that is done has done to the connection: where the step goes on in a later run, that is
/// another one. On the connection that ran it this changes nothing, and what fails does not matter: the statements
/// that need it say so.
pub(super) fn carry(database: &SqliteDatabase<'_>, statement: &Statement<'_>) {
    let is_attach = || statement.text.get(..6).is_some_and(|word| word.eq_ignore_ascii_case("attach"));
    let lasts = match &statement.kind {
        StatementKind::Outside(Outside::Detach) => true,
        StatementKind::Pragma(pragma) | StatementKind::Outside(Outside::Pragma(pragma)) => {
            pragma.value.is_some() && (state::is_of_connection(&pragma.name) || header::is_of_file(pragma))
        }
        StatementKind::Ordinary => is_attach(),
        _ => false,
    };
    if lasts {
        database.touched.set(true);
        if let Err(error) = session::run(database.connection(), &with_line_feeds(statement.text)) {
            tracing::debug!("not carried on: {error}");
        }
    }
}
