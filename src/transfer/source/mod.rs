//! Rows on their way out of where they are.

mod expressions;
mod file_state;
mod position;
mod sqlite;

use std::fmt;
use std::ops::ControlFlow;

pub(crate) use expressions::refused_expressions;
pub(crate) use file_state::file_state;
pub(crate) use position::{RowPosition, RowSpan};
pub(crate) use sqlite::{SqliteRow, SqliteRows, listed, stored};

use super::TableMove;
use crate::convert::StoredValue;
use crate::error::Result;

/// What is done with a row, and whether there is to be another one.
pub(crate) type Visit<'v> = dyn FnMut(&dyn SourceRow) -> Result<ControlFlow<()>> + 'v;

/// A row's name, which is only written out where it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RowLabel {
    Rowid(i64),
    Named(Box<str>),
}

impl fmt::Display for RowLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rowid(rowid) => write!(f, "rowid {rowid}"),
            Self::Named(name) => f.write_str(name),
        }
    }
}

/// Where rows come from.
pub(crate) trait RowSource {
    /// Hands over rows of a table, in the order of its rowid or key, until there are no more or the visitor breaks off. Returns whether all
    /// of the span were handed over. What the visitor returns as an error ends it.
    fn rows(&mut self, table: &TableMove, span: &RowSpan, visit: &mut Visit<'_>) -> Result<bool>;
}

/// A row at hand: valid until the next one.
pub(crate) trait SourceRow {
    /// The value of a column, by its place in [`TableMove::columns`].
    fn value(&self, column: usize) -> StoredValue<'_>;

    /// How the row is named in reports: `rowid 7`, and its key where it has another and that may be shown.
    fn name(&self, shows_key: bool) -> String;

    /// How the journal of a copy names it: shortly, where that is enough.
    fn label(&self) -> RowLabel;

    /// Where it is; none in a table that has neither rowids nor a key.
    fn position(&self) -> Option<RowPosition>;
}
