use super::loss;
use super::patience::TRANSACTIONS;
use crate::database::{Failure, Job, Met, Reader, Why};
use crate::error::{Code, Error, Hint, Setting};
use crate::event::Action;
use crate::plural::part_is;
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
pub(super) fn error<R: Reader>(
    database: &R,
    job: &Job<'_>,
    failure: Failure,
    progress: &Progress,
    done: usize,
) -> Error {
    let state = state(&database.label(), job, &failure, progress, done);
    if let Some(refusal) = loss::refused(job, &failure.lost, &failure.conflicts) {
        return refusal.with_state(state);
    }
    // Where the failure says itself what is to be done, no flag would help.
    let is_of_rows = failure.code == Code::RowsChanged && failure.hints.is_empty();
    let next = next(job, &failure, &database.table());
    let others = by_others(job, &failure);
    let duplicates = duplicates(job, &failure);
    let failure = for_a_down(job, failure);
    let error = explain(job, failure).with_state(state);
    let error = duplicates.into_iter().fold(error, Error::with_hint).with_hint(next);
    let error =
        if is_of_rows { loss::put_back_all_the_same(job).into_iter().fold(error, Error::with_hint) } else { error };
    others.into_iter().fold(error, Error::with_hint)
}

/// The error of a step that would fail.
pub(super) fn dry_run(job: &Job<'_>, failure: Failure) -> Error {
    let mut others = by_others(job, &failure);
    others.extend(duplicates(job, &failure).map(Hint::from));
    if failure.why == Why::Locked {
        if failure.hints.is_empty() {
            others.push(TRANSACTIONS.into());
        }
        others.push(Hint::from("").setting(Setting::UNTRIED).then(" shows what would be done, and tries nothing"));
    }
    if are_rows_in_the_way(job, &failure) {
        others.push(ROWS_IN_THE_WAY.into());
    }
    let failure = for_a_down(job, failure);
    let error = explain(job, failure).with_state("this was a dry run: nothing was changed");
    others.into_iter().fold(error, Error::with_hint)
}

fn explain(job: &Job<'_>, mut failure: Failure) -> Error {
    let span = failure.span.take();
    let (code, what) = (code(&failure), what(job, &failure));
    let error = failure.into_error(code, what);
    match span {
        Some(span) => error.with_place(job.step.script().place(span)),
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
        Why::Final | Why::Alone | Why::DoneByOther => failure.code,
    }
}

fn what(job: &Job<'_>, failure: &Failure) -> String {
    let name = job.step.name();
    let verb = match (failure.why, job.step.action) {
        (Why::Interrupted, _) => "was interrupted",
        (Why::Busy, _) => "was not begun",
        _ if failure.code == Code::LockLost => "was not begun",
        (_, Action::Revert) if matches!(failure.code, Code::DataLoss | Code::RowsChanged) => "was not taken back",
        (_, Action::Revert | Action::Forget) => "could not be taken back: its down failed",
        _ => "failed",
    };
    match failure.statement {
        Some(at) => format!("{name} {verb} at statement {} of {}", at + 1, job.analysis.statements),
        None => format!("{name} {verb}"),
    }
}

fn state(label: &str, job: &Job<'_>, failure: &Failure, progress: &Progress, done: usize) -> String {
    let lost = format!("the connection to {label} was lost before it told");
    match (failure.why, job.analysis.running) {
        (Why::Unknown, Running::Transaction) => return format!("not known: {lost} whether the step was committed"),
        (Why::Unknown, Running::Statements { .. }) => {
            let all = job.analysis.statements;
            return format!("{} done and recorded, the next one is not known: {lost}", part_is(done, all, "statement"));
        }
        _ => {}
    }
    // What a down has taken back before this step stays so: nobody is to take "rolled back" for all of it.
    let before = match progress.number.saturating_sub(1) {
        0 => None,
        _ if !job.step.action.takes_back() => None,
        1 => Some(format!("step 1 of {} was taken back before it", progress.steps)),
        done => Some(format!("steps 1 to {done} of {} were taken back before it", progress.steps)),
    };
    let version = match (progress.at, before) {
        (None, _) => format!("no migration of {label} is applied"),
        (Some(version), None) => format!("{label} is still at version {version}"),
        (Some(version), Some(before)) => format!("{before}, and {label} is at version {version}"),
    };
    match job.analysis.running {
        Running::Transaction if failure.why == Why::Busy || failure.code == Code::LockLost => {
            format!("nothing of this migration was run; {version}")
        }
        Running::Transaction => format!("rolled back; {version}"),
        Running::Statements { .. } => {
            let whole = match progress.at {
                Some(at) if at != job.step.version => format!("; the last whole version of {label} is {at}"),
                _ => String::new(),
            };
            let all = job.analysis.statements;
            if done == 0 {
                return format!("none of its statements is done and recorded{whole}");
            }
            let done = part_is(done, all, "statement");
            format!("{done} done and recorded, the others are not{whole}")
        }
    }
}

fn next(job: &Job<'_>, failure: &Failure, table: &str) -> Hint {
    match failure.why {
        Why::Locked | Why::Busy if failure.code != Code::LockLost => more_time(failure),
        Why::Final | Why::Alone | Why::DoneByOther if failure.code == Code::DataLoss => loss::accept(),
        Why::Final | Why::Alone | Why::DoneByOther if failure.code == Code::RowsChanged => {
            if failure.hints.is_empty() {
                loss::keep()
            } else {
                loss::look_at_rows()
            }
        }
        _ => again(job, failure, table).into(),
    }
}

/// What to do where others have the lock.
fn more_time(failure: &Failure) -> Hint {
    let words = match failure.why {
        Why::Locked if !failure.hints.is_empty() => "or allow more time: ",
        Why::Locked => "find who holds the lock in pg_stat_activity, or allow more time: ",
        _ => "wait for whoever holds the lock, another runner or a writer, or allow more time: ",
    };
    Hint::from(words).setting(Setting::LOCK_WAIT)
}

fn again(job: &Job<'_>, failure: &Failure, table: &str) -> String {
    let command = if job.step.action.takes_back() { "down" } else { "up" };
    match (failure.why, job.analysis.running) {
        (Why::Unknown, Running::Transaction) => {
            let without = if job.step.action.takes_back() { "taken back" } else { "not applied" };
            format!(
                "`SELECT state FROM {table} WHERE version = {}` tells (no row: {without}); `schemactl {command}` looks, and \
                 goes on from either",
                job.step.version
            )
        }
        (Why::Unknown, Running::Statements { .. }) => format!(
            "`SELECT state, statements_done FROM {table} WHERE version = {}` tells; `schemactl {command}` looks, and goes \
             on from either",
            job.step.version
        ),
        (Why::Interrupted | Why::Lost, _) => format!("run `schemactl {command}` again: it goes on from here"),
        _ if failure.code == Code::LockLost => format!("run `schemactl {command}` again: it goes on from here"),
        (_, Running::Statements { .. }) => {
            format!("mend the statement, then run `schemactl {command}`: it goes on with it")
        }
        _ if are_rows_in_the_way(job, failure) => ROWS_IN_THE_WAY.to_owned(),
        _ if job.step.action.takes_back() => {
            "correct the down in its file, store it with `schemactl repair --downs`, then run `schemactl down` again"
                .to_owned()
        }
        _ if failure.code != Code::StatementFailed => {
            "then run `schemactl up` again: it begins with this step".to_owned()
        }
        _ if failure.met == Some(Met::Key) && !is_rule(job, failure) => {
            "a row with this key is there already, maybe one that a `down` of this migration left: take it away, or \
             correct the statement, then run `schemactl up` again"
                .to_owned()
        }
        _ => {
            "correct the statement, then run `schemactl up` again; `schemactl plan` tries it without a trace".to_owned()
        }
    }
}

/// What is to be done where rows are in the way of a down.
const ROWS_IN_THE_WAY: &str = "rows that are there do not fit the table as the down makes it again, and no flag helps: change them so that they fit, or delete \
                               them, then run `schemactl down` again";

/// Whether a statement of a down makes a rule again that rows which are there do not keep.
fn are_rows_in_the_way(job: &Job<'_>, failure: &Failure) -> bool {
    job.step.action.takes_back() && matches!(failure.met, Some(Met::Row | Met::Key)) && is_rule(job, failure)
}

/// Of a down whose rule rows do not keep: what is said to who writes such a rule anew is of no use.
fn for_a_down(job: &Job<'_>, failure: Failure) -> Failure {
    if are_rows_in_the_way(job, &failure) { Failure { hints: Vec::new(), ..failure } } else { failure }
}

/// What is to be done about rows that a rule refuses.
fn duplicates(job: &Job<'_>, failure: &Failure) -> Option<&'static str> {
    (failure.met == Some(Met::Key) && is_rule(job, failure) && !job.step.action.takes_back()).then_some(
        "rows that are there have this key more than once: find them (GROUP BY the key, HAVING count(*) > 1), and let a statement before this \
         one change or delete all but one of each",
    )
}

/// Whether the statement that failed makes a rule for rows that are there, and writes none itself.
fn is_rule(job: &Job<'_>, failure: &Failure) -> bool {
    let number = failure.statement.unwrap_or_default();
    job.analysis.statement(job.step.script().text(), number).is_some_and(|statement| statement.verb.makes_rules())
}

/// What to do where the statement is right, and what it met is the work of others: by hand, or by another tool.
fn by_others(job: &Job<'_>, failure: &Failure) -> Vec<Hint> {
    let version = job.step.version;
    let done = match failure.met {
        Some(Met::Present) if !job.step.action.takes_back() => format!(
            "or, where all that this migration does was done by hand or by another tool: `schemactl repair --mark-applied {version}` \
             records it without running it"
        ),
        Some(Met::Missing) if job.step.action.takes_back() => format!(
            "or, where all that it made was taken away by hand or by another tool: `schemactl repair --forget {version}` takes it \
             out of the history without running its down"
        ),
        Some(Met::Present | Met::Missing) => return vec![SHOWN.into()],
        Some(Met::Key | Met::Row) | None => return Vec::new(),
    };
    vec![SHOWN.into(), done.into()]
}

/// What was changed by other means than migrations is seen by a comparison.
const SHOWN: &str = "`schemactl diff` shows what was changed here by other means than migrations";
