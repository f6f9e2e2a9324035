//! Whether a step may lose data.

use std::borrow::Cow;

use super::{Counted, Failure, Job, Write};

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

impl<'a> Job<'a> {
    /// Fails where something would go and nobody has agreed to it.
    pub(crate) fn agree_to(&self, lost: &[Counted]) -> Result<(), Failure> {
        let something: Vec<Counted> = lost.iter().filter(|counted| counted.is_something()).cloned().collect();
        match self.consent {
            Consent::Missing if !something.is_empty() => Err(Failure::of_loss(something)),
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
