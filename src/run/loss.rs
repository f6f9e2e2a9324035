//! What a down would lose, counted in the database, and asked for before anything is taken back.

use std::collections::BTreeSet;

use crate::config::Options;
use crate::database::{ChangedRows, Consent, Counted, Job, Reader};
use crate::error::{Code, Error, Hint, Result, Setting};
use crate::sql::{Loss, Risk, Running};

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
            let lost = jobs.iter().zip(&counted).map(|(job, counted)| (job, counted.as_slice()));
            match refusal(Told::Before, lost) {
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
pub(super) fn refused(job: &Job<'_>, lost: &[Counted]) -> Option<Error> {
    refusal(Told::ByTheStep, std::iter::once((job, lost)))
}

pub(super) fn accept() -> Hint {
    Hint::from("to lose it: ").setting(Setting::ACCEPT_DATA_LOSS)
}

/// What to do about rows that are not as the up left them.
pub(super) fn keep() -> Hint {
    Hint::from("to leave these rows as they are, and take back all others: ").setting(Setting::KEEP_CHANGED)
}

pub(super) fn put_back_all_the_same() -> Vec<Hint> {
    vec![
        Hint::from("to put them back all the same, so that what was written since is gone: ")
            .setting(Setting::ACCEPT_DATA_LOSS),
        look_at_rows(),
    ]
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

fn refusal<'s, 'a: 's>(told: Told, jobs: impl Iterator<Item = (&'s Job<'a>, &'s [Counted])>) -> Option<Error> {
    let mut parts = Vec::new();
    let mut tables = Vec::new();
    let mut unkept = Vec::new();
    let mut is_all = true;
    let mut steps = 0;
    for (job, counted) in jobs {
        steps += 1;
        let something: Vec<&Counted> = counted.iter().filter(|counted| counted.is_something()).collect();
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
        unkept.extend(job.step.undo.unkept());
        parts.push(format!("{} would lose {}{more}", job.step.name(), listed.join(", ")));
    }
    if parts.is_empty() {
        return None;
    }
    let error = Error::new(Code::DataLoss, format!("taking back {}", parts.join("; taking back ")));
    let error = if unkept.is_empty() { error } else { error.with_cause(unkept.join("; ")) };
    // What each of several takes beyond its text shows when it runs, also where the text of another shows all.
    let is_all = is_all && (told == Told::ByTheStep || steps == 1);
    let error = if is_all { error } else { error.with_hint(measure()) };
    let error = copies(tables).into_iter().fold(error, Error::with_hint);
    Some(error.with_hint(accept()))
}

/// Lets the jobs lose what they lose, where that was accepted: the log says then how much it was.
pub(super) fn agree(jobs: &mut [Job<'_>], options: &Options) {
    if options.accept_data_loss {
        consent(jobs, Consent::Given);
    }
    let changed_rows = match (options.keep_changed, options.accept_data_loss) {
        (true, _) => ChangedRows::Keep,
        (false, true) => ChangedRows::PutBack,
        (false, false) => ChangedRows::Refuse,
    };
    jobs.iter_mut().for_each(|job| job.changed_rows = changed_rows);
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
