//! A step that runs statement by statement, and that nobody else runs meanwhile.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::catalog::Catalog;
use crate::database::{Database, Failure, Held, Job, Locked, Look, Settled, Write};
use crate::error::Result;
use crate::sql::Statement;

/// Shows that a step was entered: only a [`JournaledStep`] has one.
#[derive(Debug)]
pub(crate) struct Entered(());

/// A step that runs statement by statement. Others are kept from it until it is left, which a drop does without waiting.
pub(crate) struct JournaledStep<'a, D: Database> {
    database: &'a mut D,
    held: &'a Held,
    entered: Entered,
}

impl<'a, D: Database> JournaledStep<'a, D> {
    /// Tries to keep others from a step, for as long as the guard is there.
    pub(crate) async fn enter(locked: &'a mut Locked<'_, D>, job: &Job<'_>) -> Result<Self, Failure> {
        let (database, held) = locked.parts();
        // The guard comes first, as that of the run's lock does.
        let step = Self { database, held, entered: Entered(()) };
        step.database.enter(held, job).await?;
        Ok(step)
    }

    /// The database, to read.
    pub(crate) fn reader(&mut self) -> &mut D::Reading {
        self.database.reading()
    }

    /// See [`Journaling::journal`](super::Journaling::journal).
    pub(crate) async fn journal(
        &mut self,
        job: &Job<'_>,
        statement: &Statement<'_>,
        entry: &Write<'_>,
        patience: Duration,
    ) -> Result<(), Failure> {
        self.database.journal(&self.entered, job, statement, entry, patience).await
    }

    /// See [`Journaling::outside`](super::Journaling::outside).
    pub(crate) async fn outside(&mut self, job: &Job<'_>, statement: &Statement<'_>) -> Result<(), Failure> {
        self.database.outside(&self.entered, job, statement).await
    }

    /// See [`Journaling::carry`](super::Journaling::carry).
    pub(crate) fn carry(&mut self, statement: &Statement<'_>) {
        self.database.carry(&self.entered, statement);
    }

    /// See [`Journaling::settle`](super::Journaling::settle).
    pub(crate) async fn settle(&mut self, statement: &Statement<'_>, look: Look) -> Result<Settled> {
        self.database.settle(&self.entered, statement, look).await
    }

    /// See [`Journaling::look`](super::Journaling::look).
    pub(crate) async fn look(&mut self, names: &BTreeSet<String>) -> Result<Catalog, Failure> {
        self.database.look(&self.entered, names).await
    }

    /// Writes to the history alone, all of it or nothing.
    pub(crate) async fn write(&mut self, writes: &[Write<'_>]) -> Result<(), Failure> {
        self.database.write(self.held, writes).await
    }

    /// Lets others have the step, and waits until they can.
    pub(crate) async fn leave(self) -> Result<(), Failure> {
        self.database.leave().await
    }
}

impl<D: Database> Drop for JournaledStep<'_, D> {
    fn drop(&mut self) {
        self.database.abandon_step();
    }
}
