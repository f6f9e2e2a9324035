//! Reading and writing the history within a transaction: all of it or nothing.

use super::PostgresDatabase;
use super::message::{Message, Origin};
use super::session::DeferredCleanup;
use crate::database::{Expected, Failure, HistoryChange, Write};
use crate::version::Version;

/// Adds what fails where a row of the history is another by now.
pub(super) fn unchanged(database: &PostgresDatabase<'_>, message: &mut Message, expected: &Expected) {
    whole(database, message, &Origin::Unchanged { job: 0 }, database.tables.check(expected));
}

/// Adds what records a job, or an entry in the journal of it.
pub(super) fn change(database: &PostgresDatabase<'_>, message: &mut Message, write: &Write<'_>, index: usize) {
    let purged = match &write.change {
        HistoryChange::Purge { version, numbers, .. } => database.tables.drop_kept(*version, numbers),
        _ => Vec::new(),
    };
    let written = database.tables.write(write, &database.options);
    whole(database, message, &Origin::Record { job: index }, purged.into_iter().chain(written));
}

/// Adds what computes the digests of rows above one that was written, which the row itself does not bring.
pub(super) fn digests(database: &PostgresDatabase<'_>, message: &mut Message, version: Version, index: usize) {
    whole(database, message, &Origin::Record { job: index }, [database.tables.digest_from(version)]);
}

/// Adds statements that read or write the history: all of it, or they fail. A policy for rows that hid some would let a migration
/// run twice. The step's own statements have the session's setting.
pub(super) fn whole(
    database: &PostgresDatabase<'_>,
    message: &mut Message,
    origin: &Origin,
    statements: impl IntoIterator<Item = String>,
) {
    let mut statements = statements.into_iter().peekable();
    if statements.peek().is_none() {
        return;
    }
    message.ours("SET LOCAL row_security = off");
    statements.for_each(|statement| message.add(&statement, origin.clone()));
    message.ours(&format!("SET LOCAL row_security = {}", database.prepared().row_security));
}

/// Adds writes to the history alone.
pub(super) fn writes(database: &PostgresDatabase<'_>, message: &mut Message, writes: &[Write<'_>]) {
    for write in writes {
        unchanged(database, message, &write.expected);
        change(database, message, write, 0);
    }
    if let Some(lowest) = writes.iter().filter_map(|write| write.change.unsettles()).min() {
        digests(database, message, lowest, 0);
    }
}

/// Writes to the history alone.
pub(super) async fn write(database: &mut PostgresDatabase<'_>, writes: &[Write<'_>]) -> Result<(), Failure> {
    database.session.defer_cleanup(DeferredCleanup::Transaction, "ROLLBACK");
    let mut message = Message::default();
    message.ours("BEGIN ISOLATION LEVEL READ COMMITTED");
    self::writes(database, &mut message, writes);
    message.commit();
    let done = message.send(database).await;
    end(database, done).await
}

/// Leaves no transaction open after a failure.
pub(super) async fn end(database: &mut PostgresDatabase<'_>, done: Result<(), Failure>) -> Result<(), Failure> {
    match done {
        Ok(()) => database.session.cleaned_up(DeferredCleanup::Transaction),
        Err(_) => database.session.roll_back().await,
    }
    done
}
