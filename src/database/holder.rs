//! Who holds a lock that a run waits for.

use crate::error::Hint;

/// Who holds it, as the live database tells at the moment when it is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Holder {
    /// Who that is, and what it is at: a part of a sentence.
    pub(crate) who: String,
    /// What can be done about it.
    pub(crate) hints: Vec<Hint>,
}
