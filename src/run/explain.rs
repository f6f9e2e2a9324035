use crate::config::Options;
use crate::database::{Database, Failure, Job, Why};
use crate::error::{Code, Error};
use crate::event::Action;
use crate::sql::{Ident, Running};
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

/// The database as messages name it.
pub(super) struct Names {
    /// `database "shop"`.
    label: String,
    /// The history, as SQL names it.
    history: String,
}

impl Names {
    pub(super) fn of<D: Database>(database: &D, options: &Options) -> Self {
        let names = options.schema.as_deref().into_iter().chain([options.table.as_str()]);
        let history = names.map(quoted).collect::<Vec<_>>().join(".");
        Self { label: database.label(), history }
    }
}

/// Most names need no quotes, and are easier to read and to type without.
fn quoted(name: &str) -> String {
    let is_plain = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if is_plain { name.to_owned() } else { Ident(name).to_string() }
}

/// The error of a step that failed: what failed, where, why, what the database holds now, what to do.
///
/// `done` counts the statements that are recorded as done, for a step that runs statement by statement.
pub(super) fn error(names: &Names, job: &Job<'_>, failure: Failure, progress: &Progress, done: usize) -> Error {
    let state = state(&names.label, job, failure.why, progress, done);
    let next = next(names, job, failure.why);
    explain(job, failure).with_state(state).with_hint(next)
}

/// The error of a step that would fail.
pub(super) fn dry_run(job: &Job<'_>, failure: Failure) -> Error {
    explain(job, failure).with_state("this was a dry run: nothing was changed")
}

fn explain(job: &Job<'_>, failure: Failure) -> Error {
    let mut error = Error::new(code(&failure), what(job, &failure)).with_cause(failure.cause);
    if let Some(sqlstate) = failure.sqlstate {
        error = error.with_sqlstate(sqlstate);
    }
    if let Some(span) = failure.span {
        error = error.with_place(job.step.script().place(span));
    }
    for hint in failure.hints {
        error = error.with_hint(hint);
    }
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
        (_, Action::Revert) => "could not be taken back: its down failed",
        _ => "failed",
    };
    match failure.statement {
        Some(at) => format!("{name} {verb} at statement {} of {}", at + 1, job.analysis.statements),
        None => format!("{name} {verb}"),
    }
}

fn state(label: &str, job: &Job<'_>, why: Why, progress: &Progress, done: usize) -> String {
    if why == Why::Unknown {
        return format!("not known: the connection to {label} was lost before it told whether the step was committed");
    }
    let version = progress.at.map_or("empty".to_owned(), |version| format!("at version {version}"));
    match job.analysis.running {
        Running::Transaction => format!("rolled back; {label} is still {version}"),
        Running::Statements { .. } => format!(
            "{done} of {} statements are done and recorded, the others are not; {label} is {version}",
            job.analysis.statements
        ),
    }
}

fn next(names: &Names, job: &Job<'_>, why: Why) -> String {
    let command = if job.step.action == Action::Revert { "down" } else { "up" };
    match (why, job.analysis.running) {
        (Why::Unknown, _) => format!(
            "`SELECT state FROM {} WHERE version = {}` tells; `schemactl {command}` goes on from either",
            names.history, job.step.version
        ),
        (Why::Interrupted | Why::Lost, _) => format!("run `schemactl {command}` again: it goes on from here"),
        (Why::Locked, _) => {
            "find who holds the lock in pg_stat_activity, or allow more time: lock_wait in schema.toml".to_owned()
        }
        (Why::Busy, _) => {
            "wait for the other runner, or allow more time: lock_wait in schema.toml, or `Options::lock_wait`"
                .to_owned()
        }
        (_, Running::Statements { .. }) => {
            format!("mend the statement, then run `schemactl {command}`: it goes on with it")
        }
        _ => "run `schemactl plan` to see what is left to apply".to_owned(),
    }
}
