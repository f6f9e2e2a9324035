//! What is done to a database by a run.

mod locked;

use std::time::Duration;

pub(crate) use locked::{Held, Locked, lock};

use super::{Detail, Failure, Job, Reader, Rehearsal, Takeover, Tried, Write};
use crate::error::Result;
use crate::history::Found;

/// What the first step sets that must be so before the history's tables are made: SQLite's PRAGMAs about a file as a whole.
#[derive(Debug, Default)]
pub(crate) struct Prelude(pub(crate) Vec<String>);

/// What taking the lock does about the history's tables.
#[derive(Debug)]
pub(crate) enum HistoryTables {
    /// It makes them where they are missing.
    Create(Prelude),
    /// It leaves them as they are: what is about to be done makes them.
    Leave,
}

/// The hooks of a run for its lock and for what it changes under it. The algorithms that use them are written once, in `run`.
///
/// [`lock`] calls those of the lock, and [`Locked`] those that need it: nothing else has a [`Held`].
pub(crate) trait Writer: Reader {
    /// The same database, as what is read under the lock knows it: a [`Reader`] alone, which cannot be locked twice.
    type Reading: Reader;

    /// The same database, to read.
    fn reading(&mut self) -> &mut Self::Reading;

    /// What the first of these steps sets before the history's tables are made.
    fn prelude(&self, jobs: &[Job<'_>]) -> Prelude;

    /// Runs steps and takes everything back. What was tried is told also where one fails.
    async fn rehearse(&mut self, jobs: &[Job<'_>], tried: &mut Tried) -> Result<Rehearsal, Failure>;

    /// Waits until no other runner is at work, where the database can tell, and reads the history as it is then.
    async fn acquire(&mut self, tables: &HistoryTables, detail: Detail) -> Result<Found>;

    /// Writes the last of what the run has to record, all of it or nothing, and lets other runners go on, also where that fails. Waits until
    /// both are done.
    async fn release(&mut self, last: &[Write<'_>]) -> Result<(), Failure>;

    /// Lets other runners go on without waiting for anything. Does nothing where that was done, or the lock was never taken.
    fn abandon(&mut self);

    /// Fails where something temporary in the application's session hides what steps are about: what is done under its name would
    /// be done to what ends with the session.
    async fn assert_unhidden(&mut self, held: &Held, jobs: &[Job<'_>]) -> Result<()>;

    /// Runs steps and their records in one transaction: all of it or nothing. A statement waits for a lock no longer than `patience`,
    /// where that is less than `lock_timeout`.
    async fn transact(&mut self, held: &Held, jobs: &[Job<'_>], patience: Duration) -> Result<(), Failure>;

    /// Writes to the history alone, all of it or nothing.
    async fn write(&mut self, held: &Held, writes: &[Write<'_>]) -> Result<(), Failure>;

    /// Puts the history in the place of another tool's table, all of it or nothing. It fails with `DoneByOther` where that
    /// table was changed since it was read, or the history is no longer empty.
    async fn take_over(&mut self, held: &Held, takeover: &Takeover<'_>) -> Result<(), Failure>;

    /// What does not work as it is, and no failure tells of, a sentence each: what does not compile as the schema is now, and strings
    /// in double quotes of the statements that ran since this was last asked. Looks for it where these jobs may make such.
    async fn unsound(&mut self, held: &Held, jobs: &[Job<'_>]) -> Result<Vec<String>>;
}
