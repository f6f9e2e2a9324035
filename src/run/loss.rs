//! What a down would lose, counted in the database, and asked for before anything is taken back.

use std::collections::BTreeSet;

use crate::config::Options;
use crate::database::undo::{Conflict, ConflictKind};
use crate::database::{ChangedRows, Consent, Counted, Job, Reader};
use crate::error::{Code, Error, Hint, Result, Setting};
use crate::sql::{Loss, Measure, Risk, Running};

use super::patience::TRANSACTIONS;
use super::report::Report;

/// Counts what each job would lose now, as far as that shows before it is run. What is gone already is left out.
pub(super) async fn count<R: Reader>(database: &mut R, jobs: &[Job<'_>]) -> Result<Vec<Vec<Counted>>> {
    let risks: Vec<&Risk> = jobs.iter().flat_map(|job| &job.lost.risks).collect();
    let counts = if risks.is_empty() { Vec::new() } else { database.count(&risks).await? };
    let mut counts = counts.into_iter();
    let of_job = |job: &Job<'_>| {
        let mut of_job: Vec<Counted> = Vec::new();
        for counted in counts.by_ref().take(job.lost.risks.len()).flatten() {
            if !of_job.contains(&counted) {
                of_job.push(counted);
            }
        }
        of_job
    };
    Ok(jobs.iter().map(of_job).collect())
}

/// Refuses jobs that would lose data, unless that is accepted: all of them, so that none is taken back for nothing. A courtesy: what
/// decides is counted in the transaction of each step.
pub(super) async fn ask<R: Reader>(
    database: &mut R,
    jobs: &[Job<'_>],
    options: &Options,
    report: &Report,
) -> Result<()> {
    if options.accept_data_loss || jobs.iter().all(|job| job.lost.risks.is_empty()) {
        return Ok(());
    }
    let state = match report.steps() {
        [] => "nothing was changed".to_owned(),
        [.., last] => format!("{report} before this; the last one is {} {}", last.version, last.description),
    };
    match count(database, jobs).await {
        // What foreign keys and triggers take along shows only when the step runs: where it is the only one, it tells all of it.
        Ok(counted) if tells_more(jobs, &counted) => Ok(()),
        Ok(counted) => {
            if !counted.iter().flatten().any(Counted::is_something) {
                return Ok(());
            }
            let since = changed_since(database, jobs).await;
            let asked = jobs.iter().zip(&counted).zip(&since);
            let asked = asked.map(|((job, lost), since)| AskedLoss { job, lost, since: since.as_deref() });
            match refusal(Told::Before, asked, changed_rows(options)) {
                Some(refusal) => Err(refusal.with_state(state)),
                None => Ok(()),
            }
        }
        // Each step waits for the lock, says who has it, and counts once it has it.
        Err(error) if error.code() == Code::TableLocked && asks_again(jobs) => Ok(()),
        Err(error) if error.code() == Code::TableLocked => Err(error.with_state(state).with_hint(TRANSACTIONS)),
        Err(error) => Err(error
            .with_state(state)
            .with_hint(Hint::from("or, to lose it without knowing what it is: ").setting(Setting::ACCEPT_DATA_LOSS))),
    }
}

/// Whether nothing of this is lost without being asked for: a step of one transaction counts in it, and each of several is asked for when it is
/// at hand.
fn asks_again(jobs: &[Job<'_>]) -> bool {
    jobs.len() > 1 || jobs.iter().all(|job| job.analysis.running == Running::Transaction)
}

/// Whether the jobs are one step that would lose nothing but rows of tables that stay: these are measured in its transaction.
fn tells_more(jobs: &[Job<'_>], counted: &[Vec<Counted>]) -> bool {
    let are_rows = |counted: &Counted| matches!(counted.loss, Loss::Deleted { .. } | Loss::Changed { .. });
    match (jobs, counted) {
        ([job], [counted]) => {
            job.analysis.running == Running::Transaction
                && counted.iter().filter(|counted| counted.is_something()).all(are_rows)
        }
        _ => false,
    }
}

/// A statement-by-statement step cannot be measured before it commits: what it may lose is asked for when it is at hand.
pub(super) async fn ask_before<R: Reader>(
    database: &mut R,
    job: &Job<'_>,
    options: &Options,
    report: &Report,
) -> Result<()> {
    match job.analysis.running {
        Running::Transaction => Ok(()),
        Running::Statements { .. } => ask(database, std::slice::from_ref(job), options, report).await,
    }
}

/// The refusal of a step that was rolled back, since it would have lost this.
pub(super) fn refused(job: &Job<'_>, lost: &[Counted], conflicts: &[Conflict]) -> Option<Error> {
    refusal(Told::ByTheStep, std::iter::once(AskedLoss { job, lost, since: Some(conflicts) }), job.changed_rows)
}

/// What is asked of one job.
struct AskedLoss<'s, 'a> {
    job: &'s Job<'a>,
    lost: &'s [Counted],
    /// Which rows are not as its up left them; none where only the step itself tells.
    since: Option<&'s [Conflict]>,
}

/// The rows of each job that are not as its up left them. After another step they are others, so that only of the first one they are looked at.
async fn changed_since<R: Reader>(database: &mut R, jobs: &[Job<'_>]) -> Vec<Option<Vec<Conflict>>> {
    let dialect = database.dialect();
    let mut all = Vec::with_capacity(jobs.len());
    for (at, job) in jobs.iter().enumerate() {
        // A step that runs statement by statement puts no rows back.
        let puts_back = job.step.undo.is_whole() && job.analysis.running == Running::Transaction;
        all.push(match (puts_back, at) {
            (false, _) => Some(Vec::new()),
            (true, 0) => {
                let found =
                    database.in_the_way(job.step.version(), job.step.undo.parts(), &job.reshaped(dialect)).await;
                found.inspect_err(|error| tracing::debug!("not looked at: {error}")).unwrap_or_default()
            }
            (true, _) => None,
        });
    }
    all
}

pub(super) fn accept() -> Hint {
    Hint::from("to lose it: ").setting(Setting::ACCEPT_DATA_LOSS)
}

/// What to do about rows that are not as the up left them.
pub(super) fn keep() -> Hint {
    Hint::from("to leave these rows as they are, and take back all others: ").setting(Setting::KEEP_CHANGED)
}

/// The same where they are to be put back: that is a consent to whatever else the step loses.
pub(super) fn put_back_all_the_same(job: &Job<'_>) -> Vec<Hint> {
    let shows_later = |risk: &Risk| matches!(risk.measure, Measure::Where(_) | Measure::Step);
    let more = if job.lost.hides || job.lost.risks.iter().any(shows_later) {
        ", and whatever else the down loses"
    } else {
        ""
    };
    let words = format!("to put them back all the same, so that what was written since is gone{more}: ");
    vec![Hint::from(words).setting(Setting::ACCEPT_DATA_LOSS), look_at_rows()]
}

/// What to do about losses where rows may not be as the up left them.
fn accept_with(changed: ChangedRows) -> Vec<Hint> {
    let leave = Hint::from("to lose it, and leave rows as they are that were changed since: ");
    let mut hints = vec![leave.setting(Setting::ACCEPT_AND_KEEP)];
    if changed == ChangedRows::Refuse {
        let put_back =
            Hint::from("to lose it, and put such rows back all the same, so that what was written since is gone: ");
        hints.push(put_back.setting(Setting::ACCEPT_DATA_LOSS));
    }
    hints
}

pub(super) fn look_at_rows() -> Hint {
    Hint::from("look at all that would be put back: ")
        .either("the same command with `--dry-run`", "the command `schemactl down --dry-run`")
        .then(" changes nothing")
}

fn measure() -> Hint {
    Hint::from("look at all that goes first: ")
        .either("the same command with `--dry-run`", "the command `schemactl down --dry-run`")
        .then(" measures it, says what to copy, and changes nothing")
}

/// One copy of each table that loses something.
pub(crate) fn copies(mut tables: Vec<String>) -> Vec<Hint> {
    let mut seen = BTreeSet::new();
    tables.retain(|table| seen.insert(table.clone()));
    if tables.is_empty() {
        return vec!["keep a copy first: a backup".into()];
    }
    let name = |at: usize| if at == 0 { "kept".to_owned() } else { format!("kept_{}", at + 1) };
    let copy = |(at, table): (usize, &String)| format!("CREATE TABLE {} AS SELECT * FROM {table};", name(at));
    let copies: Vec<String> = tables.iter().enumerate().map(copy).collect();
    let pattern = if tables.len() == 1 { "table kept" } else { "table kept*" };
    vec![
        format!("keep a copy first: a backup, or `{}`", copies.join(" ")).into(),
        Hint::from("before that, so that such a copy is no drift: ").setting(Setting::ignored(pattern)),
    ]
}

/// When a refusal is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    /// Before any step, by what the texts show.
    Before,
    /// By a step that was begun, which has counted.
    ByTheStep,
}

fn refusal<'s, 'a: 's>(
    told: Told,
    asked: impl Iterator<Item = AskedLoss<'s, 'a>>,
    changed: ChangedRows,
) -> Option<Error> {
    let mut parts = Vec::new();
    let mut tables = Vec::new();
    let mut causes = Vec::new();
    let mut may_be_changed = changed == ChangedRows::Keep;
    let mut is_all = true;
    let mut steps = 0;
    for AskedLoss { job, lost, since } in asked {
        steps += 1;
        may_be_changed |= since.is_none_or(|since| !since.is_empty());
        is_all &= since.is_some();
        if let Some(since) = since.filter(|since| !since.is_empty()) {
            tables.extend(
                since
                    .iter()
                    .filter(|conflict| is_written_over(conflict))
                    .map(|conflict| conflict.table.plain().to_string()),
            );
            let listed: Vec<String> = since.iter().map(ToString::to_string).collect();
            causes.push(format!("rows are not as the up left them: {}", listed.join("; ")));
        }
        let something: Vec<&Counted> = lost.iter().filter(|counted| counted.is_something()).collect();
        if something.is_empty() {
            continue;
        }
        // What cannot be counted cannot be read either.
        let readable = something.iter().filter(|counted| counted.count.is_some());
        tables.extend(readable.filter_map(|counted| Some(counted.loss.holder()?.table.plain().to_string())));
        let listed: Vec<String> = something.iter().map(ToString::to_string).collect();
        // What goes beyond that is counted only where all of this may go.
        let is_measured = told == Told::Before && job.analysis.running == Running::Transaction;
        let takes_rows = something.iter().any(|counted| matches!(counted.loss, Loss::Deleted { .. }));
        let more = if is_measured && job.lost.hides {
            ", and what shows only when it runs"
        } else if is_measured && takes_rows {
            ", and what foreign keys and triggers take along"
        } else {
            ""
        };
        is_all &= more.is_empty();
        causes.extend(job.step.undo.unkept());
        parts.push(format!("{} would lose {}{more}", job.step.name(), listed.join(", ")));
    }
    if parts.is_empty() {
        return None;
    }
    let error = Error::new(Code::DataLoss, format!("taking back {}", parts.join("; taking back ")));
    let error = if causes.is_empty() { error } else { error.with_cause(causes.join("; ")) };
    // What each of several takes beyond its text shows when it runs, also where the text of another shows all.
    let is_all = is_all && (told == Told::ByTheStep || steps == 1);
    let error = if is_all { error } else { error.with_hint(measure()) };
    let error = copies(tables).into_iter().fold(error, Error::with_hint);
    let accept = if may_be_changed { accept_with(changed) } else { vec![accept()] };
    Some(accept.into_iter().fold(error, Error::with_hint))
}

/// Whether people have written something in these rows that is gone once they are put back.
fn is_written_over(conflict: &Conflict) -> bool {
    matches!(conflict.what, ConflictKind::Changed | ConflictKind::ChangedBeside { .. } | ConflictKind::ThereAgain)
}

/// Lets the jobs lose what they lose, where that was accepted: the log says then how much it was.
pub(super) fn agree(jobs: &mut [Job<'_>], options: &Options) {
    if options.accept_data_loss {
        consent(jobs, Consent::Given);
    }
    let changed_rows = changed_rows(options);
    jobs.iter_mut().for_each(|job| job.changed_rows = changed_rows);
}

/// What is done with rows that were changed since. Where both are said, what is counted as lost may go, and these rows stay.
fn changed_rows(options: &Options) -> ChangedRows {
    match (options.keep_changed, options.accept_data_loss) {
        (true, _) => ChangedRows::Keep,
        (false, true) => ChangedRows::PutBack,
        (false, false) => ChangedRows::Refuse,
    }
}

/// Lets the jobs lose what they lose where all of it is taken back.
pub(super) fn only_try(jobs: &mut [Job<'_>]) {
    consent(jobs, Consent::Tried);
    jobs.iter_mut().for_each(|job| job.changed_rows = ChangedRows::Keep);
}

fn consent(jobs: &mut [Job<'_>], consent: Consent) {
    for job in jobs.iter_mut().filter(|job| job.consent == Consent::Missing) {
        job.consent = consent;
    }
}
