//! Steps that run statement by statement, each with its journal entry.

use super::fresh::{self, Cleared};
use super::lock::{self, JournalLock};
use super::message::{Message, Origin};
use super::session::DeferredCleanup;
use super::watch::Watch;
use super::{PostgresDatabase, carried, elsewhere, failure, record, restore, state, step, undo};
use crate::database::{Consent, Failure, Job, Why, Write};
use crate::duration::server_milliseconds;
use crate::event::Action;
use crate::sql::{Outside, Statement, StatementKind};

/// Tries to take the journal's lock, where the run's lock has not brought it, and sees that the step is still what the plan was made for.
pub(super) async fn enter(database: &mut PostgresDatabase<'_>, job: &Job<'_>) -> Result<(), Failure> {
    lock::assert_held(database)?;
    carried::refuse_unclear(job)?;
    database.carried.clear();
    // Before the lock is taken, which may be the session's.
    let mut message = Message::default();
    fresh::begin(database, &mut message);
    message.send(database).await?;
    if database.lock.is_none() {
        let Some(taken) = JournalLock::take(database).await? else { return Err(failure::busy()) };
        database.journal_lock = Some(taken);
    }
    let mut message = Message::default();
    // What a runner that was killed has begun has the row, too: whoever has the step is waited for, and named.
    message.add(&database.prepared().keys.try_step(), Origin::Lock);
    step::check(database, &mut message, job, 0);
    message.send(database).await
}

/// Gives the journal's lock back, and takes away what the step has left. Where that fails the connection is gone, and both with it.
pub(super) async fn leave(database: &mut PostgresDatabase<'_>) -> Result<(), Failure> {
    let released = JournalLock::release(database).await;
    fresh::end(database, Cleared::No).await.and(released)
}

/// As [`leave`], without waiting for the answers.
pub(super) fn abandon(database: &mut PostgresDatabase<'_>) {
    database.journal_lock = None;
    database.session.send_deferred();
}

/// Runs one statement and its journal entry in one transaction.
pub(super) async fn journal(
    database: &mut PostgresDatabase<'_>,
    job: &Job<'_>,
    statement: &Statement<'_>,
    entry: &Write<'_>,
) -> Result<(), Failure> {
    lock::assert_held(database)?;
    carried::resolve(database).await?;
    let mut message = step::begin(database);
    message.ours(&state::local(database, job));
    record::unchanged(database, &mut message, &entry.expected);
    database.carried.set(&mut message);
    let done = finish(database, &mut message, job, statement, entry).await;
    match record::end(database, done).await {
        Ok(()) => Ok(()),
        Err(failure) => Err(alone_if_needed(elsewhere::told_of(database, failure, statement.text).await)),
    }
}

/// A block or procedure that commits, and what the server refuses in a transaction block, are to be sent alone. That one must be so
/// shows only when it is run: nothing of it is left then.
fn alone_if_needed(failure: Failure) -> Failure {
    if failure.statement.is_some() && failure.ends_transactions() { failure.because(Why::Alone) } else { failure }
}

async fn finish(
    database: &mut PostgresDatabase<'_>,
    message: &mut Message,
    job: &Job<'_>,
    statement: &Statement<'_>,
    entry: &Write<'_>,
) -> Result<(), Failure> {
    if !database.carried.is_empty() {
        // They may say how strings are read, and the server reads a message as a whole before it runs any of it.
        message.send(database).await?;
    }
    let watch = if job.consent == Consent::Missing {
        message.send(database).await?;
        Some(Watch::of_statement(database, job).await?)
    } else {
        None
    };
    message.theirs(database, 0, 0, statement).await?;
    carried::capture(database, message, statement).await?;
    restore::settings(database, message);
    if let Some(watch) = watch {
        message.send(database).await?;
        watch.finish_statement(database, job).await?;
    }
    record::change(database, message, entry, 0);
    let is_up = matches!(job.step.action(), Action::Apply | Action::Resume | Action::Reapply);
    if is_up && undo::may_change_rows(statement) {
        let why = "it was applied statement by statement";
        record::whole(database, message, &Origin::Ours, undo::unkept(database, job.step.version(), why));
    }
    message.commit();
    message.send(database).await
}

/// Runs one statement that the server refuses inside a transaction: alone in its message.
pub(super) async fn run(
    database: &mut PostgresDatabase<'_>,
    job: &Job<'_>,
    statement: &Statement<'_>,
) -> Result<(), Failure> {
    lock::assert_held(database)?;
    carried::resolve(database).await?;
    // These settings are the session's: a transaction they could end with is what the statement cannot be in.
    restore::defer_put_back(database);
    let done = alone(database, job, statement).await;
    let mut after = Message::default();
    restore::settings(database, &mut after);
    let restored = after.send(database).await;
    if restored.is_ok() {
        database.session.cleaned_up(DeferredCleanup::Settings);
    }
    let Err(mut failure) = done else { return restored };
    if failure.ends_transactions() {
        failure.hints = vec![
            "a function, a block with EXCEPTION and a procedure with SET cannot commit: take COMMIT out of them".into(),
        ];
    }
    Err(elsewhere::told_of(database, failure, statement.text).await)
}

async fn alone(database: &mut PostgresDatabase<'_>, job: &Job<'_>, statement: &Statement<'_>) -> Result<(), Failure> {
    let mut message = Message::default();
    lock::check(database, &mut message);
    message.ours(&limits(database, job, statement));
    database.carried.set(&mut message);
    message.send(database).await?;
    message.commits_by_itself();
    message.alone(statement);
    message.send(database).await
}

/// A concurrent build waits for old transactions under `lock_timeout`, but queues nobody behind it: it may take its time.
fn limits(database: &PostgresDatabase<'_>, job: &Job<'_>, statement: &Statement<'_>) -> String {
    let concurrent = matches!(
        statement.kind,
        StatementKind::Outside(
            Outside::CreateIndexConcurrently { .. }
                | Outside::DropIndexConcurrently { .. }
                | Outside::ReindexConcurrently { .. }
                | Outside::DetachPartitionConcurrently { .. }
        )
    );
    let default = if concurrent { std::time::Duration::ZERO } else { database.options.lock_timeout };
    let lock = server_milliseconds(job.directives.lock_timeout.unwrap_or(default));
    let statement = server_milliseconds(job.directives.statement_timeout.unwrap_or(database.options.statement_timeout));
    format!("SELECT set_config('lock_timeout', '{lock}', false), set_config('statement_timeout', '{statement}', false)")
}
