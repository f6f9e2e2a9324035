use std::time::{Duration, Instant};

use tracing::Instrument;

use super::explain::{self, Progress};
use super::found;
use super::journal;
use super::patience::Backoff;
use super::records::records;
use super::sql_log::log_sql;
use crate::config::Options;
use crate::database::{Database, Detail, Expected, Failure, Job, Locked, Reader, Why, Write};
use crate::duration::milliseconds;
use crate::error::{Code, Result};
use crate::event::{Action, Event};
use crate::history::{Elapsed, LogOutcome};
use crate::sql::Running;

use super::job::{log_entry, only_recorded};
use super::report::StepReport;

/// What came of a step.
pub(super) enum StepOutcome {
    /// This run did it.
    Done(StepReport),
    /// Another runner changed the history meanwhile: plan again.
    Overtaken,
}

/// Runs one step to its end, with retries, and tells of it.
pub(super) async fn run<D: Database>(
    locked: &mut Locked<'_, D>,
    job: &Job<'_>,
    progress: &Progress,
    options: &Options,
) -> Result<StepOutcome> {
    let span = tracing::info_span!("step", version = job.step.version.get(), action = job.step.action.as_str());
    run_in_span(locked, job, progress, options).instrument(span).await
}

async fn run_in_span<D: Database>(
    locked: &mut Locked<'_, D>,
    job: &Job<'_>,
    progress: &Progress,
    options: &Options,
) -> Result<StepOutcome> {
    let start = Instant::now();
    options.observer.emit(started(job, progress));
    let result = match job.analysis.running {
        Running::Statements { .. } if job.step.action != Action::Skip => journal::run(locked, job, options).await,
        _ => transaction(locked, std::slice::from_ref(job), options).await.map_err(|failure| (failure, 0)),
    };
    match result {
        Ok(()) => {
            let report = report(job, start.elapsed());
            options.observer.emit(finished(&report, progress));
            Ok(StepOutcome::Done(report))
        }
        Err((failure, _)) if failure.why == Why::DoneByOther => Ok(StepOutcome::Overtaken),
        Err((failure, _)) if failure.why == Why::Final && is_overtaken(locked.reader(), job).await => {
            Ok(StepOutcome::Overtaken)
        }
        // A refusal is no failure: nothing went wrong.
        Err((failure, done)) if matches!(failure.code, Code::DataLoss | Code::RowsChanged) => {
            Err(explain::error(locked.reader(), job, failure, progress, done))
        }
        Err((failure, done)) => {
            log_failure(locked, job, &failure, start.elapsed()).await;
            Err(explain::error(locked.reader(), job, failure, progress, done))
        }
    }
}

/// Whether another runner did the step before this one began: then the failure is that of doing it twice.
pub(super) async fn is_overtaken<R: Reader>(database: &mut R, job: &Job<'_>) -> bool {
    let Ok(records) = records(database, Detail::Plan).await else { return false };
    let now = records.iter().find(|record| record.version() == job.step.version());
    match job.analysis.running {
        Running::Transaction => now.map(Expected::of) != job.step.record.map(Expected::of),
        // The journal of this very run has changed the row.
        Running::Statements { .. } => false,
    }
}

/// Runs jobs in one transaction; waits and tries again while others hold a lock.
pub(super) async fn transaction<D: Database>(
    locked: &mut Locked<'_, D>,
    jobs: &[Job<'_>],
    options: &Options,
) -> Result<(), Failure> {
    let version = jobs[0].step.version;
    jobs.iter().for_each(log_sql);
    let mut patience = Backoff::new(options);
    loop {
        match locked.transact(jobs, patience.of_try()).await {
            Err(failure) => patience.wait_after(locked.reader(), failure, version, options).await?,
            done => return done,
        }
    }
}

fn started(job: &Job<'_>, progress: &Progress) -> Event {
    Event::StepStarted {
        action: job.step.action,
        version: job.step.version,
        description: job.step.description().to_owned(),
        number: progress.number,
        steps: progress.steps,
        statements: job.analysis.statements,
    }
}

pub(super) fn report(job: &Job<'_>, elapsed: Duration) -> StepReport {
    StepReport {
        action: job.step.action,
        version: job.step.version,
        description: job.step.description().to_owned(),
        elapsed,
        reason: only_recorded(job.step),
        notes: found::notes(job.step),
    }
}

pub(super) fn finished(report: &StepReport, progress: &Progress) -> Event {
    Event::StepFinished {
        action: report.action,
        version: report.version,
        description: report.description.clone(),
        number: progress.number,
        steps: progress.steps,
        elapsed: report.elapsed,
        reason: report.reason.clone(),
        notes: report.notes.clone(),
    }
}

/// Writes the failure to the log. That this cannot be done must not hide the failure itself.
pub(super) async fn log_failure<D: Database>(
    locked: &mut Locked<'_, D>,
    job: &Job<'_>,
    failure: &Failure,
    elapsed: Duration,
) {
    let outcome = if failure.why == Why::Interrupted { LogOutcome::Interrupted } else { LogOutcome::Failed };
    let elapsed = Elapsed::Milliseconds(milliseconds(elapsed));
    let entry = log_entry(job.step, outcome, Some(failure.cause.clone()), elapsed);
    if let Err(log) = locked.write(&[Write::log_only(entry)]).await {
        // What kept the step from being written keeps the log from it too, and is told as the failure.
        if log.cause == failure.cause {
            tracing::debug!("the failure could not be written to the log: {}", log.cause);
        } else {
            tracing::warn!("the failure could not be written to the log: {}", log.cause);
        }
    }
}
