use std::collections::BTreeSet;

use super::course::{Course, Round};
use super::explain::Progress;
use super::fingerprint;
use super::loss;
use super::report::Report;
use super::sound::Sound;
use super::step::{self, StepOutcome};
use crate::config::Options;
use crate::database::{Basis, Database, Detail, Job, Locked, Reader};
use crate::error::{Code, Error, Result};
use crate::history::{Found, Record, State};
use crate::version::Version;

/// Runs jobs one after the other. The highest record that they were planned from is what messages call the version of the database.
pub(super) async fn each<D: Database>(
    locked: &mut Locked<'_, D>,
    course: &Course<'_>,
    jobs: &mut [Job<'_>],
    report: &mut Report,
) -> Result<Round> {
    let (records, options) = (course.records, course.options);
    begin(locked, jobs, records, report).await?;
    let mut standing: BTreeSet<Version> =
        records.iter().filter(|record| record.state != State::Skipped).map(Record::version).collect();
    let jobs = &*jobs;
    let mut sound = Sound::before(locked, jobs, options).await;
    for (index, job) in jobs.iter().enumerate() {
        let progress = Progress { number: index + 1, steps: jobs.len(), at: standing.last().copied() };
        interrupted_between(locked.reader(), &progress, options)?;
        loss::ask_before(locked.reader(), job, options, report).await?;
        match step::run(locked, job, &progress, options).await? {
            StepOutcome::Done(done) => {
                report.steps.push(done);
                sound.after(locked, std::slice::from_ref(job), options).await;
                fingerprint::between(locked, course, job, jobs.len() - index - 1).await;
            }
            StepOutcome::Overtaken => return Ok(Round::Overtaken),
        }
        if job.step.action().takes_back() {
            standing.remove(&job.step.version());
        } else {
            standing.insert(job.step.version());
        }
    }
    Ok(Round::Finished)
}

fn interrupted_between<R: Reader>(database: &R, progress: &Progress, options: &Options) -> Result<()> {
    if !options.interrupt.is_triggered() {
        return Ok(());
    }
    let label = database.label();
    let at = progress.at.map_or_else(
        || format!("no migration of {label} is applied"),
        |version| format!("{label} is at version {version}"),
    );
    Err(Error::new(Code::Interrupted, format!("interrupted before step {} of {}", progress.number, progress.steps))
        .with_state(format!("every step that was begun is done and recorded; {at}"))
        .with_hint("run the command again: it goes on from here"))
}

/// Notes what the history is to be before each job, and sees that they are about what they name.
pub(super) async fn begin<D: Database>(
    locked: &mut Locked<'_, D>,
    jobs: &mut [Job<'_>],
    records: &[Record],
    report: &Report,
) -> Result<()> {
    let mut versions: BTreeSet<Version> = records.iter().map(Record::version).collect();
    for job in &mut *jobs {
        job.basis = Some(Basis { rows: versions.len(), last: versions.last().copied() });
        if job.step.action().takes_back() {
            versions.remove(&job.step.version());
        } else {
            versions.insert(job.step.version());
        }
    }
    if jobs.is_empty() {
        return Ok(());
    }
    locked.assert_unhidden(jobs).await.map_err(|error| error.with_state(before(report)))
}

/// What a run has done so far, as the state of an error that comes before its next step.
pub(super) fn before(report: &Report) -> String {
    match report.steps() {
        [] => "nothing was changed".to_owned(),
        [.., last] => format!("{report} before this; the last one is {} {}", last.version, last.description),
    }
}

/// What each round is planned from, and how often that was read without a change in it, though a step found that it is not what was read.
#[derive(Debug)]
pub(super) struct Rounds {
    /// The history as it was read with the lock.
    first: Option<Found>,
    seen: Option<Vec<(Version, State, usize, String)>>,
    unchanged: u32,
}

/// Another runner whose change is not seen yet is no reason to give up.
const MOST_UNCHANGED: u32 = 5;

/// The first round is planned from what was read with the lock.
impl From<Found> for Rounds {
    fn from(found: Found) -> Self {
        Self { first: Some(found), seen: None, unchanged: 0 }
    }
}

impl Rounds {
    /// The history that the next round is planned from.
    pub(super) async fn history<R: Reader>(&mut self, database: &mut R, detail: Detail) -> Result<Found> {
        match self.first.take() {
            Some(found) => Ok(found),
            None => database.history(detail).await,
        }
    }

    /// Takes note of what was read for the next round. Where it stays the same, no other runner is faster: what a step finds to be
    /// otherwise is hidden from whoever reads it.
    pub(super) fn next<R: Reader>(&mut self, database: &R, records: &[Record], report: &Report) -> Result<()> {
        let seen = records
            .iter()
            .map(|record| (record.version, record.state, record.statements_done, record.checksum.clone()));
        let seen: Vec<_> = seen.collect();
        self.unchanged = if self.seen.as_ref() == Some(&seen) { self.unchanged + 1 } else { 0 };
        self.seen = Some(seen);
        if self.unchanged < MOST_UNCHANGED {
            return Ok(());
        }
        let (label, table) = (database.label(), database.table());
        Err(Error::new(Code::HistoryTable, format!("the history of {label} does not show what is recorded in it"))
            .with_cause(format!(
                "{table} was read {} times without a change, and each time a step found another record in it than was read",
                MOST_UNCHANGED + 1
            ))
            .with_state(before(report))
            .with_hint(format!("what hides rows of {table} from this role, or changes them: a policy, a rule, a trigger, a view?")))
    }
}
