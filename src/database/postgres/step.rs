//! Steps in a transaction: BEGIN, settings, the lock, the SQL, the record and COMMIT, in one message.

use std::borrow::Cow;

use super::fresh::{self, Cleared};
use super::message::{Message, Origin};
use super::meter::Surprises;
use super::session::DeferredCleanup;
use super::undo::{self, StepRecorder, StepRecording};
use super::watch::{StepCost, Watch};
use super::{PostgresDatabase, SessionPurpose, elsewhere, found, lock, record, restore, state};
use crate::catalog::Catalog;
use crate::database::{Consent, DoneToRows, Failure, Job};
use crate::event::{Action, Event};
use crate::fault;
use crate::history::{Prior, UndoRecord};

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
        let done = record::end(database, done).await;
        if let Err(failure) = fresh::end(database, cleared).await {
            tracing::debug!("what a step left in its session ends with that: {}", failure.cause);
        }
        return elsewhere::told(database, done, jobs).await;
    }
}

pub(super) fn begin(database: &mut PostgresDatabase<'_>) -> Message {
    database.session.defer_cleanup(DeferredCleanup::Transaction, "ROLLBACK");
    let mut message = Message::default();
    message.ours("BEGIN ISOLATION LEVEL READ COMMITTED");
    message.add(&database.prepared().keys.try_step(), Origin::Lock);
    lock::check(database, &mut message);
    message
}

/// Whether all that jobs do is in the message, or sent.
pub(super) enum Gathered {
    /// And what each job has done to rows, as far as it was looked at.
    All(Vec<DoneToRows>),
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
    let mut all_done = Vec::with_capacity(jobs.len());
    for (index, job) in (first..).zip(jobs) {
        let at = |failure: Failure| if failure.lost.is_empty() { failure } else { failure.at(index, None, None) };
        message.ours(&state::local(database, job));
        check(database, message, job, index);
        let before = look(database, message, job).await?;
        let (mut watch, mut recording, mut kept) = (None, None, Vec::new());
        if job.consent == Consent::NotAsked && database.purpose == SessionPurpose::Run {
            match StepRecorder::begin(database, message, job, all_done.is_empty()).await.map_err(at)? {
                StepRecording::Not => {}
                StepRecording::Unkept(why) => kept = undo::unkept(database, job.step.version(), why),
                StepRecording::On(recorder) => recording = Some(recorder),
            }
        }
        if job.consent != Consent::NotAsked {
            message.send(database).await?;
            watch = Some(Watch::begin(database, job, surprises).await.map_err(at)?);
        }
        if job.step.action() != Action::Skip {
            let around = (watch.as_mut(), recording.as_deref_mut());
            statements(database, message, job, index, around).await.map_err(at)?;
        }
        message.add("SET CONSTRAINTS ALL IMMEDIATE", Origin::Deferred { job: index });
        restore::settings(database, message);
        let mut done = DoneToRows::default();
        if let Some(watch) = watch {
            message.send(database).await?;
            match watch.finish(database, job, surprises).await.map_err(at)? {
                StepCost::Done(found) => done = found,
                StepCost::More => return Ok(Gathered::Again),
            }
            if job.step.undo != UndoRecord::Absent {
                undo::forget(database, job.step.version()).await?;
            }
        }
        if let Some(recording) = recording {
            message.send(database).await?;
            kept = recording.finish(database).await.map_err(at)?;
        }
        fresh::clear(database, message);
        let write = match &before {
            Some(before) if job.look.is_some() => Cow::Owned(found::note(database, message, job, before).await?),
            _ => job.write_with(&done.lost),
        };
        if let (Some(start), Some(prior)) = (&before, &job.step.found) {
            found::settle(database, message, job, prior, start)
                .await
                .map_err(|failure| failure.at(index, None, None))?;
        }
        record::change(database, message, &write, index);
        record::whole(database, message, &Origin::Ours, kept);
        if let Some(version) =
            write.change.unsettles().filter(|version| job.basis.is_some_and(|basis| basis.last > Some(*version)))
        {
            record::digests(database, message, version, index);
        }
        all_done.push(done);
    }
    Ok(Gathered::All(all_done))
}

async fn statements(
    database: &mut PostgresDatabase<'_>,
    message: &mut Message,
    job: &Job<'_>,
    index: usize,
    (mut watch, mut recording): (Option<&mut Watch>, Option<&mut StepRecorder>),
) -> Result<(), Failure> {
    for (number, statement) in job.analysis.statements_of(job.step.script().text()).flatten().enumerate() {
        let Some(watch) = &mut watch else {
            if let Some(recording) = &mut recording {
                recording.before(database, message, &statement).await?;
                recording.after(&statement);
            }
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
    record::whole(database, message, &Origin::Unchanged { job: index }, row.into_iter().chain(basis));
}
