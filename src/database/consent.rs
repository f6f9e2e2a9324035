//! Whether a step may lose data.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::undo::{ChangedRows, Conflict};
use super::{Counted, Failure, Job, Write};
use crate::sql::{Dialect, named};

/// Whether a step may lose data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Consent {
    /// It applies something: what that does to rows is the migration.
    NotAsked,
    /// It may not.
    Missing,
    /// It may, and the log says how much went.
    Given,
    /// It is only tried, and all of it comes back: what it would lose is to be known in full.
    Tried,
}

impl ChangedRows {
    /// Fails where rows are not as the up left them, and nobody has said what is to become of them.
    pub(crate) fn agree_to(self, conflicts: &[Conflict]) -> Result<(), Failure> {
        match self {
            Self::Refuse if !conflicts.is_empty() => Err(Failure::of_conflicts(conflicts)),
            _ => Ok(()),
        }
    }
}

impl<'a> Job<'a> {
    /// Every name in its statements that are not about rows: what has none of these stays as it is made.
    pub(crate) fn reshaped(&self, dialect: Dialect) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        named(dialect, self.analysis.statements_of(self.step.script().text()).flatten(), &mut names);
        names
    }

    /// Fails where something would go and nobody has agreed to it. The rows that are not as the up left them are named with it, since the consent may be
    /// one to writing over them as well.
    pub(crate) fn agree_to(&self, lost: &[Counted], conflicts: &[Conflict]) -> Result<(), Failure> {
        let something: Vec<Counted> = lost.iter().filter(|counted| counted.is_something()).cloned().collect();
        match self.consent {
            Consent::Missing if !something.is_empty() => Err(Failure::of_loss(something, conflicts)),
            _ => Ok(()),
        }
    }

    /// The record of the step, with what it cost.
    pub(crate) fn write_with(&self, lost: &[Counted]) -> Cow<'_, Write<'a>> {
        let listed: Vec<String> =
            lost.iter().filter(|counted| counted.is_something()).map(ToString::to_string).collect();
        if listed.is_empty() {
            return Cow::Borrowed(&self.write);
        }
        let mut write = self.write.clone();
        if let Some(log) = &mut write.log {
            log.detail = Some(format!("data loss accepted: {}", listed.join(", ")));
        }
        Cow::Owned(write)
    }
}
