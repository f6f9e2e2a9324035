//! Steps in a transaction: BEGIN, settings, the lock, the SQL, the record and COMMIT, in one message.

use super::message::{Message, Origin};
use super::session::Debt;
use super::{PostgresDatabase, lock, state};
use crate::database::{Failure, Job, Write};
use crate::event::Action;
use crate::fault;

/// Runs steps and their records in one transaction.
pub(super) async fn transact(database: &mut PostgresDatabase<'_>, jobs: &[Job<'_>]) -> Result<(), Failure> {
    lock::assert_held(database)?;
    database.carried.clear();
    fault::point("before transaction");
    let mut message = begin(database);
    let sent = gather(database, &mut message, jobs).await;
    let done = match sent {
        Ok(()) => {
            message.commit();
            message.send(database).await
        }
        failed => failed,
    };
    fault::point("after transaction");
    end(database, done).await
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
        if let Some(check) = database.tables.check(&job.write.expected) {
            message.add(&check, Origin::Unchanged { job: index });
        }
        if job.step.action() != Action::Skip {
            for (number, statement) in job.analysis.statements_of(job.step.script().text()).flatten().enumerate() {
                message.theirs(database, index, number, &statement).await?;
            }
        }
        message.add("SET CONSTRAINTS ALL IMMEDIATE", Origin::Deferred { job: index });
        restore(database, message);
        if let Some(statement) = database.tables.write(&job.write, &database.options) {
            message.add(&statement, Origin::Record { job: index });
        }
    }
    Ok(())
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
        if let Some(check) = database.tables.check(&write.expected) {
            message.add(&check, Origin::Unchanged { job: 0 });
        }
        if let Some(statement) = database.tables.write(write, &database.options) {
            message.add(&statement, Origin::Record { job: 0 });
        }
    }
    message.commit();
    let done = message.send(database).await;
    end(database, done).await
}
