//! What a run will do, decided from the files and the history alone: no connection comes in here.

mod adopt;
mod arrival;
mod down;
mod entry;
mod likeness;
mod refusal;
mod repair;
mod resume;
mod up;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

pub(crate) use adopt::{Baseline, assert_in_order, assert_same, baseline, records};
pub(crate) use arrival::{Among, BASELINE, Obstacle, Sought, SoughtTable, another_name};
pub(crate) use down::{down, included};
pub(crate) use entry::Entry;
pub use entry::MigrationStatus;
pub(crate) use entry::survey;
pub(crate) use likeness::{Kin, Likeness};
pub(crate) use refusal::Refusal;
pub use repair::RepairRequest;
#[cfg(feature = "project")]
pub(crate) use repair::downs_to_store;
pub(crate) use repair::{Repair, keeps_something, repairs, stranger};
#[cfg(feature = "project")]
pub(crate) use up::last_version;
pub(crate) use up::up;
#[cfg(feature = "project")]
pub(crate) use up::{is_edited_since, moved};

use crate::event::Action;
use crate::history::{Left, Prior, Record, State, UndoRecord};
use crate::source::{Phase, Script, Verdict};
use crate::sql::FilledColumn;
use crate::version::Version;

/// How far `up` goes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Target {
    /// To the last migration.
    #[default]
    Latest,
    /// To this version, and no further.
    Version(Version),
    /// To the end of the phase with this name or number.
    Phase(String),
}

/// How far `down` goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Back {
    /// This many migrations, the last applied first.
    Steps(usize),
    /// Until this version is the last one.
    To(Version),
    /// Until none is left.
    Empty,
}

/// An ordered list of steps. `up` and `down` run it; `plan` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Plan<'a> {
    pub(crate) steps: Vec<Step<'a>>,
}

impl<'a> Plan<'a> {
    /// Returns the steps in the order in which they are run.
    pub(crate) fn steps(&self) -> &[Step<'a>] {
        &self.steps
    }
}

/// One migration to apply, resume, skip or take back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step<'a> {
    pub(crate) action: Action,
    pub(crate) version: Version,
    pub(crate) description: Cow<'a, str>,
    pub(crate) phase: Option<Cow<'a, Phase>>,
    /// What is run.
    pub(crate) script: Cow<'a, Script>,
    /// What is stored with the record, so that an older release can take the step back.
    pub(crate) down: Option<Cow<'a, Script>>,
    /// What taking it back costs, where that is known: of an up, to be recorded; of a down, as it was.
    pub(crate) verdict: Option<Verdict>,
    /// The step is lower than an applied one, and the policy allows it.
    pub(crate) out_of_order: bool,
    /// Its row in the history as it is before the step, where it has one.
    pub(crate) record: Option<&'a Record>,
    /// Of a down: what its up found; none where that is not known, and of an up.
    pub(crate) found: Option<Prior>,
    /// Of a down: what is kept of the rows that its up changed.
    pub(crate) undo: UndoRecord,
    /// Of a down: the columns that its up added with a default, and in which it has left nothing else.
    pub(crate) filled: Vec<FilledColumn>,
    /// Of a down: what it leaves alone, since it was there before.
    pub(crate) left: Left,
    /// Of a down: what it would drop, where it is not known whether that was there before.
    pub(crate) unknown: Option<String>,
    /// Of a down: the file that has another one than the stored one, which is run.
    pub(crate) passed_over: Option<Cow<'a, str>>,
}

impl Step<'_> {
    /// Returns what the step does.
    pub(crate) fn action(&self) -> Action {
        self.action
    }

    /// Returns the version that it is about.
    pub(crate) fn version(&self) -> Version {
        self.version
    }

    /// Returns the description of the migration.
    pub(crate) fn description(&self) -> &str {
        &self.description
    }

    /// Returns the phase of the migration.
    pub(crate) fn phase(&self) -> Option<&Phase> {
        self.phase.as_deref()
    }

    /// Returns the script that is run: the up, or the down that was stored.
    pub(crate) fn script(&self) -> &Script {
        &self.script
    }

    /// The statement that comes next: above 0 where an earlier run stopped between two statements.
    pub(crate) fn next_statement(&self) -> usize {
        self.started().map_or(0, |record| record.statements_done)
    }

    /// Whether that statement was begun by a run that did not come to record its end.
    pub(crate) fn in_doubt(&self) -> bool {
        self.started().is_some_and(|record| record.in_doubt)
    }

    /// Whether an earlier run has done some of it, or may have.
    pub(crate) fn is_under_way(&self) -> bool {
        self.next_statement() > 0 || self.in_doubt()
    }

    fn started(&self) -> Option<&Record> {
        self.record.filter(|record| matches!(record.state, State::Partial | State::Reverting))
    }

    /// `migration 7 add_total`, as messages name the step.
    pub(crate) fn name(&self) -> String {
        format!("migration {} {}", self.version, self.description)
    }
}
