//! How a migration is taken back: derived from what the catalog became, by doing it and looking again.

mod derive;
#[cfg(feature = "postgres")]
pub(crate) mod postgres;
pub(crate) mod rows;
mod scratch;
pub(crate) mod seed;
#[cfg(feature = "sqlite")]
pub(crate) mod sqlite;
pub(crate) mod text;
pub(crate) mod unqualified;

pub(crate) use derive::{Derived, derive, described, leftover};
pub(crate) use rows::Rows;
pub(crate) use scratch::{
    FactsOf, LikeLive, LiveRunning, Savepoints, Scratch, ScratchReader, ScratchRunner, Seeding, Undoing,
};

pub(crate) use crate::catalog::Snapshot;
use crate::error::Error;
use crate::sql::OwnStatement;

/// Statements that bring a scratch database nearer to what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UndoCandidate {
    /// In order.
    pub(crate) statements: Vec<OwnStatement>,
}

/// How much work scripts are, in what a dialect counts: steps of SQLite's virtual machine, milliseconds on a server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Work(pub(crate) u64);

/// How a script ended that may be too much work.
#[derive(Debug)]
pub(crate) enum Ended {
    Ran,
    Failed(Error),
    /// It was stopped. The caller goes back to a mark.
    Stopped,
    /// It was stopped, and all marks are gone: everything is as it was before the outermost one.
    StoppedWithMarks,
}
