//! SQLite's lock is its write transaction: a step holds it from before it reads the history until it is recorded.

use std::time::Instant;

use super::session::{Transaction, until_free};
use super::state::Settings;
use super::tables::ask;
use super::{SqliteDatabase, failure, has_table, header, undo};
use crate::database::{Failure, HistoryTables, Prelude, PurgeCause, Why, Write, kept};
use crate::error::{Code, Error, Hint, Result, Setting};
use crate::event::Event;
use crate::history::{CaptureTable, KeptRows, KeptState};

/// Begins a run: notes the settings of the connection, and makes the history's tables, unless that is left to what follows, which runs no
/// step then.
pub(super) fn acquire(database: &mut SqliteDatabase<'_>, tables: &HistoryTables) -> Result<()> {
    refuse_open_transaction(database)?;
    match tables {
        HistoryTables::Create(prelude) => {
            refuse_followed(database)?;
            let settings = ask(database, Settings::begin)?;
            database.settings = Some(settings);
            create_tables(database, prelude)?;
            purge_expired(database)
        }
        HistoryTables::Leave => Ok(()),
    }
}

/// Takes away the rows of ups that are kept for no longer than until now, and says so.
fn purge_expired(database: &SqliteDatabase<'_>) -> Result<()> {
    let (connection, history) = (database.connection(), &database.options.table);
    let purged = until_free(&database.options, || {
        let explain = |error| failure::of(error, connection);
        if !undo::has_expired(connection, history).map_err(explain)? {
            return Ok(Vec::new());
        }
        let transaction = Transaction::begin(connection)?;
        let kept = undo::list(connection, history).map_err(explain)?;
        let expired: Vec<KeptRows> = kept.into_iter().filter(|kept| kept.state == KeptState::Expired).collect();
        for kept in &expired {
            let write = kept::purge(kept, PurgeCause::Expired);
            database.tables.write(connection, &write, &database.options, Instant::now())?;
        }
        transaction.commit(&database.options)?;
        Ok(expired)
    });
    let purged =
        purged.map_err(|failure| error(database, failure, "rows that were kept for a time cannot be purged"))?;
    for kept in purged {
        database.options.observer.emit(Event::Note { version: kept.version, text: kept::told_expired(&kept) });
    }
    Ok(())
}

/// Fails where the application has a transaction open.
fn refuse_open_transaction(database: &SqliteDatabase<'_>) -> Result<()> {
    if !database.connection().is_autocommit() {
        return Err(Error::new(Code::Usage, format!("the connection to {} has a transaction open", database.label))
            .with_cause("each migration is committed together with its record, in a transaction of its own")
            .with_state("nothing was changed")
            .with_hint("commit or roll back before running migrations, or hand over another connection"));
    }
    Ok(())
}

/// Fails where the changes of the database are captured for a move: triggers know the tables as they were.
fn refuse_followed(database: &SqliteDatabase<'_>) -> Result<()> {
    let has =
        |table: CaptureTable| ask(database, |connection| has_table(connection, &table.name(&database.options.table)));
    if !has(CaptureTable::State)? {
        return Ok(());
    }
    if !has(CaptureTable::Changes)? {
        return Err(Error::new(Code::MoveUnderWay, format!("the data of {} has moved to PostgreSQL", database.label))
            .with_cause("the file is closed to writers, and nobody needs its tables to be other ones")
            .with_state("nothing was changed")
            .with_hint("migrate the database of PostgreSQL that took its place")
            .with_hint("`schemactl move archive` puts the file away"));
    }
    Err(Error::new(Code::MoveUnderWay, format!("the data of {} is being moved to PostgreSQL", database.label))
        .with_cause("its changes are captured by triggers, which know the tables as they were when the move began")
        .with_state("nothing was changed")
        .with_hint("migrate it before a move begins, or after it has ended")
        .with_hint("`schemactl move discard` ends it, and takes away what was copied"))
}

/// Creates the history's tables where they are missing.
fn create_tables(database: &SqliteDatabase<'_>, prelude: &Prelude) -> Result<()> {
    let connection = database.connection();
    if ask(database, |connection| database.tables.exist(connection))? {
        return add_columns(database);
    }
    refuse_foreign_log(database)?;
    header::begin(database, prelude)?;
    let created = until_free(&database.options, || {
        let transaction = Transaction::begin(connection)?;
        connection.execute_batch(&database.tables.create()).map_err(|error| failure::of(error, connection))?;
        transaction.commit(&database.options)
    });
    created.map_err(|failure| error(database, failure, "the history table cannot be created"))
}

/// Adds the columns that a history lacks which an earlier release has made.
fn add_columns(database: &SqliteDatabase<'_>) -> Result<()> {
    if ask(database, |connection| database.tables.lacks(connection))?.is_empty() {
        return Ok(());
    }
    let connection = database.connection();
    let added = until_free(&database.options, || {
        let transaction = Transaction::begin(connection)?;
        // Another runner may have added them since.
        database.tables.complete(connection).map_err(|error| failure::of(error, connection))?;
        transaction.commit(&database.options)
    });
    added.map_err(|failure| error(database, failure, "the history table cannot be brought to its shape of now"))
}

/// Fails where something else has the log's name.
pub(super) fn refuse_foreign_log(database: &SqliteDatabase<'_>) -> Result<()> {
    let foreign = ask(database, |connection| database.tables.foreign_log(connection))?;
    if !foreign.is_empty() {
        let table = &database.options.table;
        return Err(Error::new(
            Code::ForeignHistory,
            format!("{} has a table {table}_log that is not schemactl's", database.label),
        )
        .with_cause(format!("its columns are {}", foreign.join(", ")))
        .with_state("nothing was changed")
        .with_hint(Hint::from("keep it, and give schemactl tables of its own: ").setting(Setting::OWN_TABLE)));
    }
    Ok(())
}

/// Writes to the history alone.
pub(super) fn write(database: &SqliteDatabase<'_>, writes: &[Write<'_>]) -> Result<(), Failure> {
    let connection = database.connection();
    until_free(&database.options, || {
        let transaction = Transaction::begin(connection)?;
        for write in writes {
            database.tables.write(connection, write, &database.options, Instant::now())?;
        }
        transaction.commit(&database.options)
    })
}

fn error(database: &SqliteDatabase<'_>, failure: Failure, what: &str) -> Error {
    let code = match (failure.why, failure.code) {
        (Why::Interrupted, _) => Code::Interrupted,
        (_, Code::StatementFailed | Code::Query) => Code::HistoryTable,
        (_, code) => code,
    };
    let what = match code {
        Code::LockTimeout => format!("{} stayed locked by another connection", database.label),
        Code::Interrupted => format!("interrupted while waiting for {}, which is locked", database.label),
        _ => format!("{what} in {}", database.label),
    };
    let mut error = Error::new(code, what).with_cause(failure.cause).with_state("nothing was changed");
    for hint in failure.hints {
        error = error.with_hint(hint);
    }
    error
}
