//! A database whose lock is held.

use std::time::Duration;

use super::HistoryTables;
use crate::database::{Database, Detail, Failure, Job, Takeover, Write};
use crate::error::Result;
use crate::history::Found;

/// Shows that the lock of a run is held: only a [`Locked`] has one.
#[derive(Debug)]
pub(crate) struct Held(());

/// A database whose lock is held, which a drop gives back without waiting.
pub(crate) struct Locked<'a, D: Database> {
    database: &'a mut D,
    held: Held,
}

/// Waits until no other runner is at work, where the database can tell, and reads the history as it is then.
pub(crate) async fn lock<'a, D: Database>(
    database: &'a mut D,
    tables: &HistoryTables,
    detail: Detail,
) -> Result<(Locked<'a, D>, Found)> {
    // The guard comes first: what is refused once the lock is held, and a future that is dropped, give it back.
    let locked = Locked { database, held: Held(()) };
    let found = locked.database.acquire(tables, detail).await?;
    Ok((locked, found))
}

impl<D: Database> Locked<'_, D> {
    /// The database, to read: it cannot be locked twice.
    pub(crate) fn reader(&mut self) -> &mut D::Reading {
        self.database.reading()
    }

    /// See [`Writer::assert_unhidden`](super::Writer::assert_unhidden).
    pub(crate) async fn assert_unhidden(&mut self, jobs: &[Job<'_>]) -> Result<()> {
        self.database.assert_unhidden(&self.held, jobs).await
    }

    /// See [`Writer::transact`](super::Writer::transact).
    pub(crate) async fn transact(&mut self, jobs: &[Job<'_>], patience: Duration) -> Result<(), Failure> {
        self.database.transact(&self.held, jobs, patience).await
    }

    /// See [`Writer::write`](super::Writer::write).
    pub(crate) async fn write(&mut self, writes: &[Write<'_>]) -> Result<(), Failure> {
        self.database.write(&self.held, writes).await
    }

    /// See [`Writer::take_over`](super::Writer::take_over).
    pub(crate) async fn take_over(&mut self, takeover: &Takeover<'_>) -> Result<(), Failure> {
        self.database.take_over(&self.held, takeover).await
    }

    /// See [`Writer::unsound`](super::Writer::unsound).
    pub(crate) async fn unsound(&mut self, jobs: &[Job<'_>]) -> Result<Vec<String>> {
        self.database.unsound(&self.held, jobs).await
    }

    /// What a guard for a part of the run is made of.
    pub(in crate::database) fn parts(&mut self) -> (&mut D, &Held) {
        (self.database, &self.held)
    }

    /// Writes the last of what the run has to record, and lets other runners go on, also where that fails.
    pub(crate) async fn release(self, last: &[Write<'_>]) -> Result<(), Failure> {
        self.database.release(last).await
    }

    /// Lets other runners go on at the end of a run, and hands back what has come of that. A lock that was lost by then fails nothing: each
    /// step has checked it.
    pub(crate) async fn end<T>(self, done: Result<T>) -> Result<T> {
        if let Err(failure) = self.release(&[]).await {
            tracing::warn!("the lock's connection was lost before the end of the run: {}", failure.cause);
        }
        done
    }
}

impl<D: Database> Drop for Locked<'_, D> {
    fn drop(&mut self) {
        self.database.abandon();
    }
}
