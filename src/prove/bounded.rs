//! Scripts over rows that users might have: each comes to an end, or is stopped.
//!
//! A value may say how often a script does something, and one that tells types apart says so very often. What is stopped counts as a
//! script that does not run over these rows.

use std::collections::BTreeSet;

use super::Checks;
use crate::down::{Ended, Savepoints, ScratchRunner, Work};
use crate::error::{Code, Error, Result};
use crate::source::Script;

/// How many times the work that a script is where tables are empty it may be where they have a few rows.
const TIMES: u64 = 10;

/// How many times the work of the first attempt later ones may be.
const LATER: u64 = 5;

/// What scripts of one trial may do, and what is known of those that did more.
#[derive(Debug, Default)]
pub(super) struct Bounds {
    most: [Work; 2],
    /// Whether one was stopped.
    is_stopped: bool,
    /// How many scripts the trial has run so far.
    runs: usize,
    /// The numbers of those that are too much work, and took all savepoints with them when they were stopped.
    stopped: BTreeSet<usize>,
}

impl Bounds {
    /// For a migration whose up was so much work where tables are empty.
    pub(super) fn of<S: ScratchRunner>(work: Work) -> Self {
        let most = S::AMPLE.map(|ample| Work(ample.0.saturating_add(work.0.saturating_mul(TIMES))));
        Self { most, ..Self::default() }
    }

    fn most(&self) -> Work {
        self.most[usize::from(self.is_stopped)]
    }

    /// A trial begins.
    pub(super) fn begin(&mut self) {
        self.stopped.clear();
    }

    /// The trial runs from its first script on: for the first time, or again.
    pub(super) fn run(&mut self) {
        self.runs = 0;
    }

    /// How many are known that took all savepoints with them.
    pub(super) fn known(&self) -> usize {
        self.stopped.len()
    }
}

/// The scratch database with seeded rows: how the migration at hand runs there, and how much work it may be.
pub(super) struct SeededScratch<S> {
    pub(super) scratch: S,
    pub(super) checks: Checks,
    pub(super) bounds: Bounds,
}

impl<S: ScratchRunner + Savepoints> SeededScratch<S> {
    pub(super) fn new(scratch: S) -> Self {
        Self { scratch, checks: Checks::AsTheRunner, bounds: Bounds::default() }
    }

    /// A savepoint for these scripts.
    pub(super) async fn set_savepoint(&mut self, scripts: &[&Script]) -> Result<()> {
        self.scratch.set_savepoint(&self.checks.of(scripts)).await
    }

    /// Runs a script, and takes it back. The error where it fails.
    pub(super) async fn over(&mut self, script: &Script) -> Result<Option<Error>> {
        self.set_savepoint(&[script]).await?;
        let failed = self.first_attempt(script).await?;
        self.scratch.roll_back().await?;
        Ok(failed)
    }

    /// Runs a script of a trial over rows that it did not run over before. The error where it fails, or is stopped; the caller goes
    /// back to a savepoint.
    ///
    /// # Errors
    /// It was stopped and took the savepoints with it: the trial begins again, and leaves this script out.
    pub(super) async fn first_attempt(&mut self, script: &Script) -> Result<Option<Error>> {
        self.attempt_within(script, self.bounds.most()).await
    }

    /// As [`first_attempt`](Self::first_attempt), over rows that were chosen so that the up is little work: what takes as long may take
    /// longer at the second time.
    pub(super) async fn attempt(&mut self, script: &Script) -> Result<Option<Error>> {
        let most = self.bounds.most().0.saturating_mul(LATER);
        self.attempt_within(script, Work(most)).await
    }

    async fn attempt_within(&mut self, script: &Script, most: Work) -> Result<Option<Error>> {
        let run = self.bounds.runs;
        self.bounds.runs += 1;
        if self.bounds.stopped.contains(&run) {
            return Ok(Some(endless(script)));
        }
        match self.scratch.run_within(script, most).await? {
            Ended::Ran => Ok(None),
            Ended::Failed(error) => error.of_script().map(Some),
            Ended::Stopped => {
                self.bounds.is_stopped = true;
                Ok(Some(endless(script)))
            }
            Ended::StoppedWithMarks => {
                self.bounds.is_stopped = true;
                self.bounds.stopped.insert(run);
                Err(endless(script))
            }
        }
    }

    /// Runs an up over the rows that stay, for good, or not at all. The error where it did not.
    pub(super) async fn goes_on(&mut self, up: &Script) -> Result<Option<Error>> {
        let failed = self.fails(up, &self.checks.of(&[up])).await?;
        if failed.is_none() {
            self.scratch.release_savepoint().await?;
        }
        Ok(failed)
    }

    /// Runs an up over the rows that stay, outside of any trial. The error where it did not run; else there is a savepoint to go back to.
    pub(super) async fn fails(&mut self, up: &Script, checked: &[&Script]) -> Result<Option<Error>> {
        self.scratch.set_savepoint(checked).await?;
        let error = match self.scratch.run_within(up, self.bounds.most()).await? {
            Ended::Ran => return Ok(None),
            Ended::Failed(error) => error.of_script()?,
            Ended::Stopped => endless(up),
            Ended::StoppedWithMarks => return Ok(Some(endless(up))),
        };
        self.scratch.roll_back().await?;
        Ok(Some(error))
    }
}

fn endless(script: &Script) -> Error {
    let what = "it does not come to an end over values that users might have";
    Error::new(Code::StatementFailed, format!("{} was stopped: {what}", script.path())).with_cause(what)
}
