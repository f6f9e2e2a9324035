//! What is noted of one table.

use crate::database::sqlite::undo::declared::DeclaredKey;
use crate::database::sqlite::undo::facts::TableFacts;
use crate::database::sqlite::undo::images::{Images, LeftRows};

/// What a table has to do with one that is made again by a copy.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum CopyRole {
    #[default]
    Not,
    /// It was dropped, and only that is noted which the copy lacks.
    Dropped,
    /// It goes on in the place of such a one.
    GoesOn,
}

/// What is noted of one table.
#[derive(Default)]
pub(in crate::database::sqlite::undo) struct Log {
    pub(in crate::database::sqlite::undo) rows: Option<Images>,
    /// How these come to have rows as the step left them.
    pub(super) left: LeftRows,
    /// Rows of those that had its place before, and were dropped: the first of them first.
    pub(super) olds: Vec<Images>,
    /// By what these are told from others.
    pub(super) key: Option<DeclaredKey>,
    /// Whether all rows that are noted are told by that alone.
    pub(super) is_keyed: bool,
    /// Values of columns that are dropped or converted, a table for each.
    pub(super) values: Vec<Images>,
    /// The table, as it was when this was begun.
    pub(super) facts: Option<TableFacts>,
    /// Whether some of its values are in a copy of it alone.
    pub(super) copied: CopyRole,
    /// Whether the values are those of a table whose rows were told by other numbers.
    pub(super) are_values_apart: bool,
}
