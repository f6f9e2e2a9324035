//! What is noted of one table.

use crate::database::sqlite::undo::declared::DeclaredKey;
use crate::database::sqlite::undo::facts::TableFacts;
use crate::database::sqlite::undo::images::{Images, LeftRows};

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
    /// Whether it was dropped, and only that is noted which a copy of it lacks.
    pub(super) is_kept_by_copy: bool,
    /// Whether it goes on in the place of such a one: of its rows the copy has what is in no image.
    pub(super) is_copy: bool,
    /// Whether the values are those of a table whose rows were told by other numbers.
    pub(super) are_values_apart: bool,
}
