use std::time::{Duration, Instant};

use tracing::Instrument;

use super::explain::{self, Progress};
use super::found;
use super::journal;
use super::read::records;
use crate::config::{Options, mask_statement};
use crate::database::{Database, Detail, Expected, Failure, Job, Why, Write};
use crate::duration::milliseconds;
use crate::error::{Code, Result};
use crate::event::{Action, Event};
use crate::history::{Elapsed, LogOutcome};
use crate::sql::Running;

use super::job::{log_entry, only_recorded};
use super::report::StepReport;

/// What came of a step.
pub(super) enum Outcome {
    /// This run did it.
    Done(StepReport),
    /// Another runner changed the history meanwhile: plan again.
    Overtaken,
}

/// Runs one step to its end, with retries, and tells of it.
pub(super) async fn run<D: Database>(
    database: &mut D,
    job: &Job<'_>,
    progress: &Progress,
    options: &Options,
) -> Result<Outcome> {
    let span = tracing::info_span!("step", version = job.step.version.get(), action = job.step.action.as_str());
    run_in_span(database, job, progress, options).instrument(span).await
}

async fn run_in_span<D: Database>(
    database: &mut D,
    job: &Job<'_>,
    progress: &Progress,
    options: &Options,
) -> Result<Outcome> {
    let start = Instant::now();
    options.observer.emit(started(job, progress));
    let result = match job.analysis.running {
        Running::Statements { .. } if job.step.action != Action::Skip => journal::run(database, job, options).await,
        _ => transaction(database, std::slice::from_ref(job), options).await.map_err(|failure| (failure, 0)),
    };
    match result {
        Ok(()) => {
            let report = report(job, start.elapsed());
            options.observer.emit(finished(&report, progress));
            Ok(Outcome::Done(report))
        }
        Err((failure, _)) if failure.why == Why::DoneByOther => Ok(Outcome::Overtaken),
        Err((failure, _)) if failure.why == Why::Final && is_overtaken(database, job).await => Ok(Outcome::Overtaken),
        // A refusal is no failure: nothing went wrong.
        Err((failure, done)) if failure.code == Code::DataLoss => {
            Err(explain::error(database, job, failure, progress, done))
        }
        Err((failure, done)) => {
            log_failure(database, job, &failure, start.elapsed()).await;
            Err(explain::error(database, job, failure, progress, done))
        }
    }
}

/// Whether another runner did the step before this one began: then the failure is that of doing it twice.
pub(super) async fn is_overtaken<D: Database>(database: &mut D, job: &Job<'_>) -> bool {
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
    database: &mut D,
    jobs: &[Job<'_>],
    options: &Options,
) -> Result<(), Failure> {
    let version = jobs[0].step.version;
    jobs.iter().for_each(log_sql);
    let mut patience = Patience::new(options);
    loop {
        database.limit_tries(patience.of_try());
        match database.transact(jobs).await {
            Err(failure) => patience.bear(database, failure, version, options).await?,
            done => return done,
        }
    }
}

/// Writes the statements of a step to the log, where somebody wants to see them.
pub(super) fn log_sql(job: &Job<'_>) {
    if !tracing::enabled!(target: SQL, tracing::Level::DEBUG) {
        return;
    }
    for statement in job.analysis.statements_of(job.step.script().text()).flatten() {
        log_statement(statement.text);
    }
}

/// Writes a statement to the log.
pub(super) fn log_statement(text: &str) {
    if tracing::enabled!(target: SQL, tracing::Level::DEBUG) {
        tracing::debug!(target: SQL, "{}", mask_statement(text));
    }
}

/// The target of SQL, in the log.
const SQL: &str = "schemactl::sql";

/// How long locks have been waited for, and how long the next pause is.
pub(super) struct Patience {
    start: Instant,
    attempt: u32,
    limit: Duration,
}

impl Patience {
    pub(super) fn new(options: &Options) -> Self {
        Self { start: Instant::now(), attempt: 0, limit: options.lock_wait }
    }

    /// How long the next try may wait for a lock. Whoever wants the table meanwhile waits behind it, so that the first tries are short.
    pub(super) fn of_try(&self) -> Duration {
        const FIRST: Duration = Duration::from_millis(500);
        // Long enough to see who holds the lock.
        const LEAST: Duration = Duration::from_millis(300);
        let left = self.limit.saturating_sub(self.start.elapsed()).max(LEAST);
        FIRST.saturating_mul(1 << self.attempt.min(10)).min(left)
    }

    /// Sleeps where trying again may help; hands back the failure where it cannot.
    pub(super) async fn bear<D: Database>(
        &mut self,
        database: &mut D,
        failure: Failure,
        version: crate::version::Version,
        options: &Options,
    ) -> Result<(), Failure> {
        let waited = self.start.elapsed();
        if !matches!(failure.why, Why::Locked | Why::Busy) || waited >= self.limit {
            return Err(failure);
        }
        self.attempt += 1;
        let pause = pause(failure.why, self.attempt).min(self.limit.saturating_sub(waited));
        options.observer.emit(match failure.why {
            Why::Busy => Event::WaitingForLock { holder: None, waited },
            _ => Event::Retrying { version, attempt: self.attempt, pause, cause: failure.cause },
        });
        database.pause(pause).await;
        if options.interrupt.is_triggered() {
            return Err(
                Failure::new(crate::error::Code::Interrupted, "interrupted while waiting").because(Why::Interrupted)
            );
        }
        Ok(())
    }
}

/// Grows with each attempt. A busy runner is asked often, since it may be done any moment; a locked table more and more
/// rarely, since every attempt queues other users behind it. The process number keeps starters out of step.
fn pause(why: Why, attempt: u32) -> Duration {
    let (first, most) = match why {
        Why::Busy => (Duration::from_millis(20), Duration::from_millis(250)),
        // Twice as long as the try before it, and in the end three times.
        _ => (Duration::from_millis(500), Duration::from_secs(10)),
    };
    let grown = first.saturating_mul(1 << attempt.min(10)).min(most);
    grown.mul_f64(0.75 + f64::from(std::process::id() % 32) / 64.0)
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
pub(super) async fn log_failure<D: Database>(database: &mut D, job: &Job<'_>, failure: &Failure, elapsed: Duration) {
    let outcome = if failure.why == Why::Interrupted { LogOutcome::Interrupted } else { LogOutcome::Failed };
    let elapsed = Elapsed::Milliseconds(milliseconds(elapsed));
    let entry = log_entry(job.step, outcome, Some(failure.cause.clone()), elapsed);
    if let Err(log) = database.write(&[Write::log_only(entry)]).await {
        // What kept the step from being written keeps the log from it too, and is told as the failure.
        if log.cause == failure.cause {
            tracing::debug!("the failure could not be written to the log: {}", log.cause);
        } else {
            tracing::warn!("the failure could not be written to the log: {}", log.cause);
        }
    }
}
