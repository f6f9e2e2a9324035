//! Which pending migrations may lose data.

use super::arrival;
use super::job::prepare;
use super::read::{foreseen, plan_up};
use crate::config::Options;
use crate::database::{Counted, Job, Reader};
use crate::error::Result;
use crate::event::Action;
use crate::plan::Target;
use crate::source::Migrations;
use crate::sql::{Losing, Risk};
use crate::version::Version;

/// The versions that `up` would apply now, and that may lose data which is there before the first of them: by what their statements do, and what
/// is in the tables. What cannot be told, or counted, is taken for lost. Refuses as `up` does before its first step.
pub(crate) async fn lossy_ups<R: Reader>(
    database: &mut R,
    migrations: &Migrations,
    target: &Target,
    options: &Options,
) -> Result<Vec<Version>> {
    let head = migrations.head().filter(|_| *target == Target::Latest);
    let Some(records) = foreseen(database, migrations, head, options).await? else { return Ok(Vec::new()) };
    let mut plan = plan_up(database, migrations, &records, target, options).await?;
    let jobs = prepare(database, &mut plan).await?;
    let risks = risks(database, &jobs);
    let mut lossy = Vec::new();
    for (job, risks) in jobs.iter().zip(risks) {
        if loses(database, &risks).await {
            lossy.push(job.step.version);
        }
    }
    drop(jobs);
    arrival::check(database, &records, &plan, options).await?;
    Ok(lossy)
}

/// In the order in which they run: one may drop what another renames before it.
fn risks<R: Reader>(database: &R, jobs: &[Job<'_>]) -> Vec<Vec<Risk>> {
    let mut losing = Losing::new(database.dialect());
    let mut of_job = |job: &Job<'_>| {
        let statements = job.analysis.statements_of(job.step.script().text()).flatten();
        match job.step.action {
            Action::Apply | Action::Resume | Action::Reapply => losing.risks(statements, &[]).risks,
            Action::Revert | Action::Skip | Action::Forget => Vec::new(),
        }
    };
    jobs.iter().map(&mut of_job).collect()
}

async fn loses<R: Reader>(database: &mut R, risks: &[Risk]) -> bool {
    let risks: Vec<&Risk> = risks.iter().collect();
    if risks.is_empty() {
        return false;
    }
    match database.count(&risks).await {
        Ok(counts) => counts.iter().flatten().any(Counted::is_something),
        Err(error) => {
            tracing::debug!("what an up may lose could not be counted: {error}");
            true
        }
    }
}
