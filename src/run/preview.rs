use super::arrival;
use super::explain;
use super::found;
use super::job::{only_recorded, prepare};
use super::loss;
use super::read::{plan_up, records_to_plan};
use crate::config::{Options, mask_sql};
use crate::database::{Counted, Database, Job, Rehearsal, Tried};
use crate::error::{Error, Result};
use crate::event::Action;
use crate::plan::{Plan, Target};
use crate::source::{Migrations, Transaction};
use crate::sql::Running;
use crate::version::Version;

/// What a dry run found.
#[derive(Debug)]
pub(crate) struct Preview {
    pub(crate) steps: Vec<PreviewStep>,
    /// How far the steps were tried; none where that was not asked for.
    pub(crate) rehearsal: Option<Rehearsal>,
    /// What does not compile before the first step.
    pub(crate) unsound_before: Vec<String>,
    /// Why a step would fail.
    pub(crate) failure: Option<Error>,
}

/// One step that a run would do.
#[derive(Debug)]
pub(crate) struct PreviewStep {
    pub(crate) action: Action,
    pub(crate) version: Version,
    pub(crate) description: String,
    pub(crate) phase: Option<String>,
    pub(crate) path: String,
    pub(crate) sql: String,
    pub(crate) statements: usize,
    pub(crate) running: Running,
    /// Why it is run statement by statement: the first line of the statement that asks for it, or the directive.
    pub(crate) because: Option<String>,
    pub(crate) out_of_order: bool,
    /// What taking it back costs, where that is known.
    pub(crate) verdict: Option<String>,
    /// Of a down: what it would lose now.
    pub(crate) losses: Vec<Counted>,
    /// Whether that was measured as the step ran. Where it was not, that is what its text shows.
    pub(crate) measured: bool,
    /// What would not compile after it, and strings in double quotes.
    pub(crate) warnings: Vec<String>,
    /// Of an up: the tables with rows that it drops. Of a down: what it leaves alone, since it was there before the migration.
    pub(crate) notes: Vec<String>,
}

/// Whether a dry run only plans, or also runs the steps and takes them back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rehearse {
    No,
    Yes,
}

/// Shows what `up` would do; runs it, in a transaction or a copy that is thrown away, to see whether it would succeed.
pub(crate) async fn preview<D: Database>(
    database: &mut D,
    migrations: &Migrations,
    target: &Target,
    options: &Options,
    rehearse: Rehearse,
) -> Result<Preview> {
    let records = records_to_plan(database, migrations, options).await?;
    let plan = plan_up(database, migrations, &records, target, options).await?;
    arrival::check(database, &records, &plan, options).await?;
    preview_plan(database, plan, rehearse).await
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
        return Ok(Preview { steps, rehearsal: None, unsound_before: Vec::new(), failure: None });
    }
    let mut found = Tried::default();
    let (rehearsal, failure) = match database.rehearse(&jobs[..tried], &mut found).await {
        Ok(rehearsal) => (rehearsal, None),
        Err(failure) => (Rehearsal::Ran(failure.job), Some(explain::dry_run(&jobs[failure.job], failure))),
    };
    for (step, tried) in steps.iter_mut().zip(found.steps) {
        measured(step, tried.lost);
        step.warnings = tried.unsound;
    }
    Ok(Preview { steps, rehearsal: Some(rehearsal), unsound_before: found.unsound_before, failure })
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
        verdict: job.step.verdict.clone(),
        losses,
        measured: false,
        warnings: Vec::new(),
        notes: found::notes(job.step),
    }
}

fn because(job: &Job<'_>) -> Option<String> {
    if let Some(reason) = only_recorded(job.step) {
        return Some(reason);
    }
    let Running::Statements { because } = job.analysis.running else { return None };
    if job.directives.transaction == Transaction::None {
        return Some("the directive `transaction = none`".to_owned());
    }
    let statement = job.analysis.statements_of(job.step.script().text()).flatten().nth(because)?;
    let line = statement.text.lines().next().unwrap_or_default().trim_end();
    Some(format!("statement {}: {}", because + 1, mask_sql(line)))
}

#[cfg(test)]
#[cfg(feature = "sqlite")]
mod tests;
