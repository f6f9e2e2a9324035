//! Steps in a transaction: BEGIN, settings, the lock, the SQL, the record and COMMIT, in one message.

use std::borrow::Cow;

use super::fresh::{self, Cleared};
use super::message::{Message, Origin};
use super::meter::Surprises;
use super::session::Debt;
use super::watch::{Found, Watch};
use super::{PostgresDatabase, elsewhere, found, lock, restore, state};
use crate::catalog::Catalog;
use crate::database::{Consent, Counted, Expected, Failure, Job, Write};
use crate::event::{Action, Event};
use crate::fault;
use crate::history::Prior;
use crate::version::Version;

/// Runs steps and their records in one transaction.
pub(super) async fn transact(database: &mut PostgresDatabase<'_>, jobs: &[Job<'_>]) -> Result<(), Failure> {
    lock::assert_held(database)?;
    let mut surprises = Surprises::default();
    loop {
        database.carried.clear();
        fault::point("before transaction");
        let mut message = begin(database);
        fresh::begin(database, &mut message);
        let sent = gather(database, &mut message, jobs, 0, &mut surprises).await;
        let done = match sent {
            Ok(Gathered::All(_)) => {
                message.commit();
                message.send(database).await
            }
            // It drops what was not counted yet: now that is known, it is counted first.
            Ok(Gathered::Again) => {
                database.session.roll_back().await;
                continue;
            }
            Err(failure) => Err(failure),
        };
        fault::point("after transaction");
        let cleared = if done.is_ok() { Cleared::Yes } else { Cleared::No };
        let done = end(database, done).await;
        if let Err(failure) = fresh::end(database, cleared).await {
            tracing::debug!("what a step left in its session ends with that: {}", failure.cause);
        }
        return elsewhere::told(database, done, jobs).await;
    }
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
    lock::check(database, &mut message);
    message
}

/// Whether all that jobs do is in the message, or sent.
pub(super) enum Gathered {
    /// And what each job has cost, as far as it was looked at.
    All(Vec<Vec<Counted>>),
    /// A step that may not lose data drops more than it said: it is to be tried again.
    Again,
}

/// Adds all that jobs do, but for the COMMIT. The first of them has this index in messages.
pub(super) async fn gather(
    database: &mut PostgresDatabase<'_>,
    message: &mut Message,
    jobs: &[Job<'_>],
    first: usize,
    surprises: &mut Surprises,
) -> Result<Gathered, Failure> {
    let mut all_lost = Vec::with_capacity(jobs.len());
    for (index, job) in (first..).zip(jobs) {
        let at = |failure: Failure| if failure.lost.is_empty() { failure } else { failure.at(index, None, None) };
        message.ours(&state::local(database, job));
        check(database, message, job, index);
        let before = look(database, message, job).await?;
        let mut watch = None;
        if job.consent != Consent::NotAsked {
            message.send(database).await?;
            watch = Some(Watch::begin(database, job, surprises).await.map_err(at)?);
        }
        if job.step.action() != Action::Skip {
            statements(database, message, job, index, watch.as_mut()).await.map_err(at)?;
        }
        message.add("SET CONSTRAINTS ALL IMMEDIATE", Origin::Deferred { job: index });
        restore::settings(database, message);
        let mut lost = Vec::new();
        if let Some(watch) = watch {
            message.send(database).await?;
            match watch.finish(database, job, surprises).await.map_err(at)? {
                Found::Lost(found) => lost = found,
                Found::More => return Ok(Gathered::Again),
            }
        }
        fresh::clear(database, message);
        let write = match &before {
            Some(before) if job.look.is_some() => Cow::Owned(found::note(database, message, job, before).await?),
            _ => job.write_with(&lost),
        };
        if let (Some(start), Some(prior)) = (&before, &job.step.found) {
            found::settle(database, message, job, prior, start)
                .await
                .map_err(|failure| failure.at(index, None, None))?;
        }
        record(database, message, &write, index);
        if let Some(version) =
            write.change.unsettles().filter(|version| job.basis.is_some_and(|basis| basis.last > Some(*version)))
        {
            digest(database, message, version, index);
        }
        all_lost.push(lost);
    }
    Ok(Gathered::All(all_lost))
}

async fn statements(
    database: &mut PostgresDatabase<'_>,
    message: &mut Message,
    job: &Job<'_>,
    index: usize,
    mut watch: Option<&mut Watch>,
) -> Result<(), Failure> {
    for (number, statement) in job.analysis.statements_of(job.step.script().text()).flatten().enumerate() {
        let Some(watch) = &mut watch else {
            message.theirs(database, index, number, &statement).await?;
            tell_progress(database, message, job, number + 1);
            continue;
        };
        if job.lost.conversions.iter().any(|(at, _)| *at == number) {
            message.send(database).await?;
            watch.convert(database, job, number).await?;
        }
        let filled = job.lost.fills.iter().find(|(at, _)| *at == number);
        if filled.is_some() {
            message.send(database).await?;
        }
        message.theirs(database, index, number, &statement).await?;
        if let Some((_, table)) = filled {
            let rows = message.send_counting(database).await?;
            watch.fill(database, table, rows).await?;
        }
        tell_progress(database, message, job, number + 1);
    }
    Ok(())
}

/// Says how far a step is, where that is known: not while statements are gathered that the server has not seen.
fn tell_progress(database: &PostgresDatabase<'_>, message: &Message, job: &Job<'_>, done: usize) {
    if message.is_sent() {
        let (version, statements) = (job.step.version(), job.analysis.statements);
        database.options.observer.emit(Event::Progress { version, done, statements });
    }
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

/// Adds what computes the digests of rows above one that was written, which the row itself does not bring.
fn digest(database: &PostgresDatabase<'_>, message: &mut Message, version: Version, index: usize) {
    whole(database, message, &Origin::Record { job: index }, [database.tables.digest_from(version)]);
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

/// Writes to the history alone.
pub(super) async fn write(database: &mut PostgresDatabase<'_>, writes: &[Write<'_>]) -> Result<(), Failure> {
    database.session.owes(Debt::Transaction, "ROLLBACK");
    let mut message = Message::default();
    message.ours("BEGIN ISOLATION LEVEL READ COMMITTED");
    for write in writes {
        unchanged(database, &mut message, &write.expected);
        record(database, &mut message, write, 0);
    }
    if let Some(lowest) = writes.iter().filter_map(|write| write.change.unsettles()).min() {
        digest(database, &mut message, lowest, 0);
    }
    message.commit();
    let done = message.send(database).await;
    end(database, done).await
}
