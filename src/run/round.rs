use std::collections::BTreeSet;

use super::explain::Progress;
use super::loss;
use super::report::Report;
use super::step::{self, Outcome};
use super::up::interrupted_between;
use crate::config::Options;
use crate::database::{Database, Job};
use crate::error::Result;
use crate::version::Version;

/// How a plan came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Round {
    /// Every job is done.
    Finished,
    /// Another runner changed the history meanwhile: plan again.
    Overtaken,
}

/// Runs jobs one after the other. `standing` are the versions that are applied before the first; the highest of them is
/// what messages call the version of the database.
pub(super) async fn each<D: Database>(
    database: &mut D,
    jobs: &[Job<'_>],
    mut standing: BTreeSet<Version>,
    options: &Options,
    report: &mut Report,
) -> Result<Round> {
    for (index, job) in jobs.iter().enumerate() {
        let progress = Progress { number: index + 1, steps: jobs.len(), at: standing.last().copied() };
        interrupted_between(database, &progress, options)?;
        if index > 0 {
            // What is there under a name may be another thing by now, and others go on writing.
            loss::ask(database, std::slice::from_ref(job), options, report).await?;
        }
        match step::run(database, job, &progress, options).await? {
            Outcome::Done(done) => report.steps.push(done),
            Outcome::Overtaken => return Ok(Round::Overtaken),
        }
        if job.step.action().takes_back() {
            standing.remove(&job.step.version());
        } else {
            standing.insert(job.step.version());
        }
    }
    Ok(Round::Finished)
}
