//! Steps in a transaction: BEGIN, settings, the lock, the SQL, the record and COMMIT, in one message.

use std::borrow::Cow;

use super::fresh::{self, Cleared};
use super::message::{Message, Origin};
use super::session::Debt;
use super::{PostgresDatabase, found, lock, state};
use crate::catalog::Catalog;
use crate::database::{Expected, Failure, Job, Write};
use crate::event::Action;
use crate::fault;
use crate::history::Prior;

/// Runs steps and their records in one transaction.
pub(super) async fn transact(database: &mut PostgresDatabase<'_>, jobs: &[Job<'_>]) -> Result<(), Failure> {
    lock::assert_held(database)?;
    database.carried.clear();
    fault::point("before transaction");
    let mut message = begin(database);
    fresh::begin(database, &mut message);
    let sent = gather(database, &mut message, jobs).await;
    let done = match sent {
        Ok(()) => {
            message.commit();
            message.send(database).await
        }
        failed => failed,
    };
    fault::point("after transaction");
    let cleared = if done.is_ok() { Cleared::Yes } else { Cleared::No };
    let done = end(database, done).await;
    fresh::end(database, cleared).await;
    done
}

/// Leaves no transaction open after a failure.
pub(super) async fn end(database: &mut PostgresDatabase<'_>, done: Result<(), Failure>) -> Result<(), Failure> {
    match done {
        Ok(()) => database.session.settled(Debt::Transaction),
        Err(_) => database.session.roll_back().await,
    }
    done
}

pub(super) fn begin(database: &mut PostgresDatabase<'_>) -> Message {
    database.session.owes(Debt::Transaction, "ROLLBACK");
    let mut message = Message::default();
    message.ours("BEGIN ISOLATION LEVEL READ COMMITTED");
    message.add(&database.prepared().keys.try_step(), Origin::Lock);
    message
}

/// Adds all that jobs do, but for the COMMIT.
pub(super) async fn gather(
    database: &mut PostgresDatabase<'_>,
    message: &mut Message,
    jobs: &[Job<'_>],
) -> Result<(), Failure> {
    for (index, job) in jobs.iter().enumerate() {
        message.ours(&state::local(database, job));
        check(database, message, job, index);
        let before = look(database, message, job).await?;
        if job.step.action() != Action::Skip {
            for (number, statement) in job.analysis.statements_of(job.step.script().text()).flatten().enumerate() {
                message.theirs(database, index, number, &statement).await?;
            }
        }
        message.add("SET CONSTRAINTS ALL IMMEDIATE", Origin::Deferred { job: index });
        restore(database, message);
        fresh::clear(database, message);
        let write = match &before {
            Some(before) if job.look.is_some() => Cow::Owned(found::note(database, message, job, before).await?),
            _ => Cow::Borrowed(&job.write),
        };
        if let (Some(start), Some(prior)) = (&before, &job.step.found) {
            found::settle(database, message, job, prior, start)
                .await
                .map_err(|failure| failure.at(index, None, None))?;
        }
        record(database, message, &write, index);
    }
    Ok(())
}

/// Before the statements of an up that may find something, and of a down whose up has: what is there of it.
async fn look(
    database: &mut PostgresDatabase<'_>,
    message: &mut Message,
    job: &Job<'_>,
) -> Result<Option<Catalog>, Failure> {
    let found = job.step.found.as_ref().filter(|found| !found.is_empty()).map(Prior::names);
    let Some(names) = job.look.as_ref().or(found.as_ref()) else { return Ok(None) };
    message.send(database).await?;
    found::look(database, names).await.map(Some)
}

/// Adds what fails where the history is not what the plan of a job was made for.
pub(super) fn check(database: &PostgresDatabase<'_>, message: &mut Message, job: &Job<'_>, index: usize) {
    let row = database.tables.check(&job.write.expected);
    let basis = job.basis.as_ref().map(|basis| database.tables.check_basis(basis));
    whole(database, message, &Origin::Unchanged { job: index }, row.into_iter().chain(basis));
}

/// Adds what fails where a row of the history is another by now.
pub(super) fn unchanged(database: &PostgresDatabase<'_>, message: &mut Message, expected: &Expected) {
    whole(database, message, &Origin::Unchanged { job: 0 }, database.tables.check(expected));
}

/// Adds what records a job, or an entry in the journal of it.
pub(super) fn record(database: &PostgresDatabase<'_>, message: &mut Message, write: &Write<'_>, index: usize) {
    whole(database, message, &Origin::Record { job: index }, database.tables.write(write, &database.options));
}

/// Adds statements that read or write the history: all of it, or they fail. A policy for rows that hid some would let a migration
/// run twice. The step's own statements have the session's setting.
fn whole(
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

pub(super) fn restore(database: &PostgresDatabase<'_>, message: &mut Message) {
    database.prepared().state.restore().for_each(|statement| message.ours(statement));
}

/// Writes to the history alone.
pub(super) async fn write(database: &mut PostgresDatabase<'_>, writes: &[Write<'_>]) -> Result<(), Failure> {
    if database.prepared.is_none() {
        // Nothing was changed yet, so that there may be no table to write to.
        return Ok(());
    }
    database.session.owes(Debt::Transaction, "ROLLBACK");
    let mut message = Message::default();
    message.ours("BEGIN ISOLATION LEVEL READ COMMITTED");
    for write in writes {
        unchanged(database, &mut message, &write.expected);
        record(database, &mut message, write, 0);
    }
    message.commit();
    let done = message.send(database).await;
    end(database, done).await
}
