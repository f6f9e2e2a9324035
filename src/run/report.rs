use std::fmt;
use std::time::Duration;

use super::Adopted;
use crate::event::Action;
use crate::version::Version;

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    pub(crate) adopted: Option<Adopted>,
    pub(crate) steps: Vec<StepReport>,
}

impl Report {
    /// Returns the steps that this run did, in order. Those that another runner did meanwhile are not among them.
    pub fn steps(&self) -> &[StepReport] {
        &self.steps
    }

    /// Returns what was taken over of another tool before the first step ([`Options::take_over`](crate::Options::take_over)).
    pub fn adopted(&self) -> Option<&Adopted> {
        self.adopted.as_ref()
    }

    /// Returns whether there was nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.adopted.is_none()
    }
}

/// One step that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StepReport {
    /// What was done.
    pub action: Action,
    /// The version.
    pub version: Version,
    /// Its description.
    pub description: String,
    /// How long it took.
    pub elapsed: Duration,
    /// Why it was only recorded, of one that is or was skipped: `extension age is not available`.
    pub reason: Option<String>,
    /// What a down left alone, since it was there before the migration: a sentence each.
    pub notes: Vec<String>,
}

/// `3 applied, 1 skipped`, or `2 adopted, 1 applied`.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const ORDER: [Action; 6] =
            [Action::Apply, Action::Resume, Action::Reapply, Action::Skip, Action::Revert, Action::Forget];
        let count = |action: Action| self.steps.iter().filter(|step| step.action == action).count();
        let adopted = self.adopted.iter().map(|adopted| format!("{} adopted", adopted.versions.len()));
        let counted = ORDER.into_iter().map(|action| (count(action), action)).filter(|(count, _)| *count > 0);
        let parts: Vec<String> =
            adopted.chain(counted.map(|(count, action)| format!("{count} {}", action.past()))).collect();
        if parts.is_empty() { f.write_str("nothing to do") } else { f.write_str(&parts.join(", ")) }
    }
}
