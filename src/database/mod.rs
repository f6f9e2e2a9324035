//! What the runner asks of a database. Both implementations have the same files for the same concerns.

#[cfg(feature = "postgres")]
pub(crate) mod postgres;
#[cfg(feature = "sqlite")]
pub(crate) mod sqlite;

mod consent;
mod counted;
mod failure;
pub(crate) mod found;
mod holder;
mod journaling;
pub(crate) mod kept;
mod reader;
pub(crate) mod syntax;
mod takeover;
pub(crate) mod undo;
pub(crate) mod who;
mod write;
mod writer;

use std::collections::BTreeSet;

pub(crate) use consent::Consent;
pub(crate) use counted::{Amount, Counted};
pub(crate) use failure::{Failure, Met, Why};
pub(crate) use holder::Holder;
pub(crate) use journaling::{Entered, JournaledStep, Journaling};
pub(crate) use kept::KeptRecords;
pub(crate) use reader::Reader;
pub(crate) use takeover::Takeover;
pub(crate) use undo::{ChangedRows, RowsUndone};
pub(crate) use write::{Basis, ColumnValue, Expected, HistoryChange, NewRecord, PurgeCause, Write, log_values};
pub(crate) use writer::{Held, HistoryTables, Locked, Prelude, Writer, lock};

use crate::catalog::{Home, Ignore, Ledgers, MoveTraces, SeenCatalog, Snapshot, Stamp};
use crate::config::Options;
use crate::error::{Hint, Result};
use crate::history::{self, Stored};
use crate::plan::Step;
use crate::source::Directives;
use crate::sql::{Analysis, Lost};

/// How much of the history is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    /// What a plan needs.
    Plan,
    /// Also when, by whom and how.
    All,
}

/// A step of which everything is known that can be known before it runs.
#[derive(Debug)]
pub(crate) struct Job<'a> {
    pub(crate) step: &'a Step<'a>,
    pub(crate) analysis: Analysis,
    pub(crate) directives: &'a Directives,
    /// Of an up whose statements may find what they make: what it looks for before they run.
    pub(crate) look: Option<BTreeSet<String>>,
    /// Of a repeatable migration that is applied again: what its record has.
    pub(crate) earlier: Option<Stored>,
    /// What a down may lose of what is there before the first step.
    pub(crate) lost: Lost,
    /// Whether it may.
    pub(crate) consent: Consent,
    /// Of a down: what is done with rows that the up changed and somebody else since.
    pub(crate) changed_rows: ChangedRows,
    /// What is recorded together with the step.
    pub(crate) write: Write<'a>,
    /// What the history as a whole must be before the step; none where a job is only tried.
    pub(crate) basis: Option<Basis>,
}

/// When the effect of a statement outside a transaction is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// Before it is run: what is in its way is cleared away, however long that takes.
    Before,
    /// After it has failed: nobody waits longer than `lock_timeout` for an error to be shown.
    Failed,
}

/// Whether the effect of a statement outside a transaction is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Settled {
    /// It is.
    Done,
    /// It is, since what an interrupted run had begun was finished just now.
    Finished,
    /// It is not, or the statement may be run any number of times.
    Open,
}

/// How far a dry run could go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Rehearsal {
    /// So many steps were run and rolled back.
    Ran(usize),
    /// So many steps were run and rolled back; the next one was not, nor those after it, for this reason.
    Stopped { succeeded: usize, why: String },
    /// None could be run, for this reason, about which something may be done.
    NotPossible { why: String, hints: Vec<Hint> },
}

/// What a dry run came to know of the steps that it ran, beside whether they succeed.
#[derive(Debug, Default)]
pub(crate) struct Tried {
    /// What did not compile before the first of them.
    pub(crate) unsound_before: Vec<String>,
    pub(crate) steps: Vec<TriedStep>,
}

/// What a step has done to rows.
#[derive(Debug, Default)]
pub(crate) struct DoneToRows {
    /// What it took from rows that were there: measured.
    pub(crate) lost: Vec<Counted>,
    /// Of a down: what it has put back.
    pub(crate) undone: RowsUndone,
}

/// What a dry run came to know of a step.
#[derive(Debug)]
pub(crate) struct TriedStep {
    pub(crate) rows: DoneToRows,
    /// What does not compile since.
    pub(crate) unsound: Vec<String>,
}

impl Tried {
    /// Takes note of a step: of all that does not compile after it, what is told of none before it is its own.
    pub(crate) fn note(&mut self, rows: DoneToRows, unsound: Vec<String>) {
        let is_known = |found: &String| {
            self.unsound_before.contains(found) || self.steps.iter().any(|step| step.unsound.contains(found))
        };
        let unsound = unsound.into_iter().filter(|found| !is_known(found)).collect();
        self.steps.push(TriedStep { rows, unsound });
    }
}

/// A database: what a run asks of it and does to it.
pub(crate) trait Database: Journaling {}

impl<D: Journaling> Database for D {}

/// What counts in no comparison: what the options leave out, and the tables in which others record migrations.
pub(crate) fn ignored(options: &Options) -> Ignore {
    Ignore { ledgers: Ledgers(history::besides), ..options.ignored() }
}

/// What a database holds, without the history's own tables.
#[derive(Debug)]
pub(crate) struct Inspection<S> {
    pub(crate) snapshot: S,
    /// What words the objects: `pg15`, or nothing. See [`Stamp`].
    pub(crate) release: String,
    /// Whose history it is, where the dialect has roles: who ran the migrations.
    pub(crate) role: String,
    /// Where names without a schema lead for this session, where the dialect has schemas.
    pub(crate) path: Option<SearchPath>,
}

/// Where names without a schema lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SearchPath {
    /// As it is set; a schema that is named like the role stands in it by its own name.
    pub(crate) setting: String,
    /// The schema that what is made without one comes to lie in.
    pub(crate) home: String,
}

impl<S: Snapshot> Inspection<S> {
    pub(crate) fn stamp(&self, ignore: &Ignore) -> Stamp {
        Stamp::of(self.snapshot.catalog(), &self.release, ignore)
    }

    /// `schema` is that of the history, where there are schemas.
    pub(crate) fn seen(&self, ignore: &Ignore, schema: Option<&str>) -> SeenCatalog {
        let home = schema.map(|schema| Home { schema, role: &self.role });
        Stamp::seen(self.snapshot.catalog(), &self.release, ignore, home)
    }
}

/// A database whose catalog can be read as a value of its dialect.
pub(crate) trait Inspect: Reader {
    type Snapshot: Snapshot;

    /// Reads what the database holds: one round trip, or one read, and never a write.
    async fn inspection(&mut self) -> Result<Inspection<Self::Snapshot>>;

    /// Reads what a move of data that is under way has made here and taken off. What cannot be read is no excuse for a difference: then it is nothing.
    async fn move_traces(&mut self) -> Result<MoveTraces>;
}
