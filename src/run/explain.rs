use crate::database::{Database, Failure, Job, Why};
use crate::error::{Code, Error};
use crate::event::Action;
use crate::sql::Running;
use crate::version::Version;

/// Where a run stands when a step begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Progress {
    /// The place of the step in the plan, counted from 1.
    pub(super) number: usize,
    /// The number of steps in the plan.
    pub(super) steps: usize,
    /// The highest version that is applied before the step.
    pub(super) at: Option<Version>,
}

/// The error of a step that failed: what failed, where, why, what the database holds now, what to do.
///
/// `done` counts the statements that are recorded as done, for a step that runs statement by statement.
pub(super) fn error<D: Database>(
    database: &D,
    job: &Job<'_>,
    failure: Failure,
    progress: &Progress,
    done: usize,
) -> Error {
    let (label, table) = (database.label(), database.table());
    let code = code(&failure);
    let state = state(&label, job, &failure, progress, done);
    let mut error = Error::new(code, what(job, &failure)).with_cause(failure.cause).with_state(state);
    if let Some(sqlstate) = failure.sqlstate {
        error = error.with_sqlstate(sqlstate);
    }
    if let Some(span) = failure.span {
        error = error.with_place(job.step.script().place(span));
    }
    for hint in failure.hints {
        error = error.with_hint(hint);
    }
    error = error.with_hint(next(job, failure.why, code, &table));
    match failure.source {
        Some(source) => error.with_boxed_source(source),
        None => error,
    }
}

fn code(failure: &Failure) -> Code {
    match failure.why {
        Why::Interrupted => Code::Interrupted,
        Why::Unknown => Code::CommitUnknown,
        Why::Lost => Code::ConnectionLost,
        Why::Locked => Code::TableLocked,
        Why::Busy => Code::LockTimeout,
        Why::Final | Why::DoneByOther => failure.code,
    }
}

fn what(job: &Job<'_>, failure: &Failure) -> String {
    let name = job.step.name();
    let verb = match (failure.why, job.step.action) {
        (Why::Interrupted, _) => "was interrupted",
        (Why::Busy, _) => "was not begun",
        _ if failure.code == Code::LockLost => "was not begun",
        (_, Action::Revert) => "could not be taken back: its down failed",
        _ => "failed",
    };
    match failure.statement {
        Some(at) => format!("{name} {verb} at statement {} of {}", at + 1, job.analysis.statements),
        None => format!("{name} {verb}"),
    }
}

fn state(label: &str, job: &Job<'_>, failure: &Failure, progress: &Progress, done: usize) -> String {
    if failure.why == Why::Unknown {
        return format!("not known: the connection to {label} was lost while the step was being committed");
    }
    let version = progress.at.map_or("empty".to_owned(), |version| format!("at version {version}"));
    match job.analysis.running {
        Running::Transaction if failure.why == Why::Busy || failure.code == Code::LockLost => {
            format!("nothing of this migration was run; {label} is still {version}")
        }
        Running::Transaction => format!("rolled back; {label} is still {version}"),
        Running::Statements { .. } => {
            let whole = match progress.at {
                Some(at) if at != job.step.version => format!("; the last whole version of {label} is {at}"),
                _ => String::new(),
            };
            format!("{done} of {} statements are done and recorded, the others are not{whole}", job.analysis.statements)
        }
    }
}

fn next(job: &Job<'_>, why: Why, code: Code, table: &str) -> String {
    let command = if job.step.action == Action::Revert { "down" } else { "up" };
    match (why, job.analysis.running, code) {
        (Why::Unknown, ..) => format!(
            "`SELECT state, statements_done FROM {table} WHERE version = {}` tells; `schemactl {command}` looks, and goes \
             on from either",
            job.step.version
        ),
        (Why::Interrupted | Why::Lost, ..) | (_, _, Code::LockLost) => {
            format!("run `schemactl {command}` again: it goes on from here")
        }
        (Why::Locked, ..) => {
            "find who holds the lock in pg_stat_activity, or allow more time: lock_wait in schema.toml".to_owned()
        }
        (Why::Busy, ..) => "wait for the other runner, or allow more time: lock_wait in schema.toml".to_owned(),
        (_, Running::Statements { .. }, _) => {
            format!("mend the statement, then run `schemactl {command}`: it goes on with it")
        }
        _ => "run `schemactl plan` to see what is left to apply".to_owned(),
    }
}
