//! The rows that do not stay of those that are there more than once.

use std::collections::HashMap;

use crate::transfer::source::SourceRow;

/// Rows that do not stay, by where they are on the source, each with whether a rule says so: else they are set aside.
pub(super) type DuplicateRows = HashMap<Box<str>, bool>;

/// Whether a row does not stay, and then whether a rule says so.
pub(super) fn is_duplicate(duplicates: &DuplicateRows, row: &dyn SourceRow) -> Option<bool> {
    if duplicates.is_empty() {
        return None;
    }
    duplicates.get(row.position()?.to_string().as_str()).copied()
}
