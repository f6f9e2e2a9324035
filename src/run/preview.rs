use std::fmt;

use super::arrival;
use super::explain;
use super::found;
use super::job::{only_recorded, prepare};
use super::loss;
use super::read::{foreseen, plan_up};
use super::sql_log::log_sql;
use crate::config::{Options, mask_sql};
use crate::database::{Counted, Database, Job, Rehearsal, RowsUndone, Tried};
use crate::error::{Error, Hint, Result};
use crate::event::Action;
use crate::history::{DownNow, KeptRows, Stored, TriedNow, VerdictNow};
use crate::plan::{Plan, Target};
use crate::plural::part_is;
use crate::source::{Migrations, TransactionDirective, Verdict};
use crate::sql::Running;
use crate::version::Version;

/// What `up` would do now, and how far that was tried: what `schemactl plan` shows.
#[derive(Debug)]
pub struct Preview {
    pub(crate) steps: Vec<PreviewStep>,
    /// How far the steps were tried; none where that was not asked for.
    pub(crate) rehearsal: Option<Rehearsal>,
    /// What does not compile before the first step.
    pub(crate) unsound_before: Vec<String>,
    /// Why a step would fail.
    pub(crate) failure: Option<Error>,
    /// Of a database without a history: where it has others, one of which may be meant.
    pub(crate) elsewhere: Option<Hint>,
}

/// One step that a run would do.
#[derive(Debug)]
#[non_exhaustive]
pub struct PreviewStep {
    /// What would be done.
    pub action: Action,
    /// The version.
    pub version: Version,
    /// Its description.
    pub description: String,
    /// Its phase as the folder is named: `1_core`.
    pub phase: Option<String>,
    /// The path of the file, as messages show it.
    pub path: String,
    /// The SQL that would be run.
    pub sql: String,
    /// The number of its statements.
    pub statements: usize,
    pub(crate) running: Running,
    /// Why it is run statement by statement: the first line of the statement that asks for it, or the directive. None where all of it is
    /// one transaction.
    pub because: Option<String>,
    /// Whether it is lower than an applied one, and [`Order::Any`](crate::Order::Any) lets it pass.
    pub out_of_order: bool,
    /// What taking it back costs, where that is known: `lossless`, or `lossy: ` or `irreversible: ` with reasons. Of a down that is what it costs here and
    /// now: `lossless while kept until 2026-12-30` where it puts back from what is kept what is lost otherwise.
    pub verdict: Option<String>,
    /// Of a down: what it costs once nothing is kept, where that is another one.
    pub verdict_unkept: Option<String>,
    /// Of a down: what is kept of the rows that the up changed, or was to be.
    pub kept: Option<KeptRows>,
    /// Of a down: what it would lose now.
    pub(crate) losses: Vec<Counted>,
    /// Whether that was measured as the step ran. Where it was not, that is what its text shows.
    pub(crate) measured: bool,
    /// Of a down: what it would put back of rows, and which it would not. Known where it was tried.
    pub(crate) undone: RowsUndone,
    /// What would not compile after it, and strings in double quotes: a sentence each. Known where it was tried.
    pub warnings: Vec<String>,
    /// Of an up: the tables with rows that it drops. Of a down: what it leaves alone, since it was there before the migration. A sentence
    /// each.
    pub notes: Vec<String>,
}

/// Whether a plan is only made, or also tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rehearse {
    /// It is only made: the history is read, and nothing is run.
    No,
    /// Its steps are run and taken back: in a transaction that is rolled back on PostgreSQL, which holds locks meanwhile and leaves sequences
    /// advanced; on a copy in SQLite, which has none of the functions that an application registers.
    Yes,
}

impl Preview {
    /// Returns the steps in the order in which they would be run.
    pub fn steps(&self) -> &[PreviewStep] {
        &self.steps
    }

    /// Returns whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Returns how many of the first steps were tried and succeed; none where none was tried, for [`untried`](Self::untried) or since
    /// nobody asked.
    pub fn succeeded(&self) -> Option<usize> {
        match &self.rehearsal {
            Some(Rehearsal::Ran(succeeded) | Rehearsal::Stopped { succeeded, .. }) => Some(*succeeded),
            Some(Rehearsal::NotPossible { .. }) | None => None,
        }
    }

    /// Returns why steps were left untried that should have been tried: a statement cannot be taken back, or nothing can be written there.
    pub fn untried(&self) -> Option<&str> {
        match &self.rehearsal {
            Some(Rehearsal::NotPossible { why, .. } | Rehearsal::Stopped { why, .. }) => Some(why),
            Some(Rehearsal::Ran(_)) | None => None,
        }
    }

    /// Returns why the first step that does not succeed would fail.
    pub fn failure(&self) -> Option<&Error> {
        self.failure.as_ref()
    }
}

/// A line for each step: `apply 2 add_total`.
impl fmt::Display for Preview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.steps.is_empty() {
            return f.write_str("nothing to do");
        }
        for (at, step) in self.steps.iter().enumerate() {
            let line = if at == 0 { "" } else { "\n" };
            write!(f, "{line}{} {} {}", step.action.as_str(), step.version, step.description)?;
        }
        Ok(())
    }
}

/// Shows what `up` would do; runs it, in a transaction or a copy that is thrown away, to see whether it would succeed.
pub(crate) async fn preview<D: Database>(
    database: &mut D,
    migrations: &Migrations,
    target: &Target,
    options: &Options,
    rehearse: Rehearse,
) -> Result<Preview> {
    let records = foreseen(database, migrations, None, options).await?.unwrap_or_default();
    let plan = plan_up(database, migrations, &records, target, options).await?;
    arrival::check(database, &records, &plan, options).await?;
    let elsewhere = if records.is_empty() { database.whereabouts().await?.elsewhere() } else { None };
    let preview = preview_plan(database, plan, rehearse).await?;
    Ok(Preview { elsewhere, ..preview })
}

pub(super) async fn preview_plan<D: Database>(
    database: &mut D,
    mut plan: Plan<'_>,
    rehearse: Rehearse,
) -> Result<Preview> {
    let mut jobs = prepare(database, &mut plan).await?;
    loss::only_try(&mut jobs);
    let losses = loss::count(database, &jobs).await?;
    let destroyed = found::destroyed(database, &jobs).await;
    let steps = jobs.iter().zip(losses).zip(destroyed).map(|((job, losses), destroyed)| {
        let mut step = preview_step(job, losses);
        step.notes.extend(destroyed);
        step
    });
    let mut steps: Vec<PreviewStep> = steps.collect();
    // What cannot be in a transaction cannot be tried, nor what may build on it.
    let tried = jobs.iter().take_while(|job| job.analysis.running == Running::Transaction).count();
    if rehearse == Rehearse::No {
        return Ok(Preview { steps, rehearsal: None, unsound_before: Vec::new(), failure: None, elsewhere: None });
    }
    tracing::info!("{} tried", part_is(tried, jobs.len(), "step"));
    jobs[..tried].iter().for_each(log_sql);
    let mut found = Tried::default();
    let (rehearsal, failure) = match database.rehearse(&jobs[..tried], &mut found).await {
        Ok(rehearsal) => (rehearsal, None),
        Err(failure) => (Rehearsal::Ran(failure.job), Some(explain::dry_run(&jobs[failure.job], failure))),
    };
    for (step, tried) in steps.iter_mut().zip(found.steps) {
        step.undone = tried.rows.undone;
        measured(step, tried.rows.lost);
        step.warnings = tried.unsound;
    }
    Ok(Preview { steps, rehearsal: Some(rehearsal), unsound_before: found.unsound_before, failure, elsewhere: None })
}

/// What a step was seen to take, in place of what its text shows. What nothing is in stays, as what it would drop of.
fn measured(step: &mut PreviewStep, mut lost: Vec<Counted>) {
    if step.action != Action::Revert {
        return;
    }
    let empty = step.losses.drain(..).filter(|counted| !counted.is_something());
    let empty: Vec<Counted> = empty.filter(|empty| !lost.iter().any(|lost| lost.loss == empty.loss)).collect();
    lost.extend(empty);
    step.losses = lost;
    step.measured = true;
}

impl PreviewStep {
    /// Of a down: what it costs, now that it is known what is kept and what trying it showed.
    pub(super) fn know(&mut self, down: DownNow, stored: &Stored, kept: &[KeptRows]) {
        self.kept = kept.iter().find(|kept| kept.version == self.version).cloned();
        let down = down.tried(self.tried());
        (self.verdict, self.verdict_unkept) = VerdictNow::words(stored.verdict.as_ref(), self.kept.as_ref(), &down);
    }

    /// What trying it showed.
    fn tried(&self) -> TriedNow {
        let lost = self.losses.iter().filter(|counted| counted.is_something());
        let mut lost: Vec<String> = lost.map(|counted| counted.loss.sentence()).collect();
        if !self.undone.conflicts.is_empty() {
            lost.push("rows that were changed since the up are not put back".to_owned());
        }
        match (self.measured, lost.is_empty()) {
            (_, false) => TriedNow::Loses(lost),
            (true, true) => TriedNow::LosesNothing,
            (false, true) => TriedNow::No,
        }
    }
}

fn preview_step(job: &Job<'_>, losses: Vec<Counted>) -> PreviewStep {
    PreviewStep {
        action: job.step.action,
        version: job.step.version,
        description: job.step.description().to_owned(),
        phase: job.step.phase().map(ToString::to_string),
        path: job.step.script().path().to_owned(),
        sql: job.step.script().text().to_owned(),
        statements: job.analysis.statements,
        running: job.analysis.running,
        because: because(job),
        out_of_order: job.step.out_of_order,
        verdict: job.step.verdict.as_ref().map(Verdict::to_string),
        verdict_unkept: None,
        kept: None,
        losses,
        measured: false,
        undone: RowsUndone::default(),
        warnings: Vec::new(),
        notes: found::notes(job.step),
    }
}

fn because(job: &Job<'_>) -> Option<String> {
    if let Some(reason) = only_recorded(job.step) {
        return Some(reason);
    }
    let Running::Statements { because } = job.analysis.running else { return None };
    if job.directives.transaction == TransactionDirective::None {
        return Some("the directive `transaction = none`".to_owned());
    }
    let statement = job.analysis.statement(job.step.script().text(), because)?;
    let line = statement.text.lines().next().unwrap_or_default().trim_end();
    Some(format!("statement {}: {}", because + 1, mask_sql(line)))
}

#[cfg(test)]
#[cfg(feature = "sqlite")]
mod tests;
