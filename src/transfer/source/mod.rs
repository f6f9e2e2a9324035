//! Rows on their way out of where they are.

mod sqlite;

pub(crate) use sqlite::SqliteRows;

use super::TableMove;
use crate::convert::StoredValue;
use crate::error::Result;

/// Where rows come from.
pub(crate) trait RowSource {
    /// Hands over each row of a table, in the order of its rowid or key. Returns how many there were. What the visitor returns as an
    /// error ends it.
    fn rows(&mut self, table: &TableMove, visit: &mut dyn FnMut(&dyn SourceRow) -> Result<()>) -> Result<u64>;
}

/// A row at hand: valid until the next one.
pub(crate) trait SourceRow {
    /// The value of a column, by its place in [`TableMove::columns`].
    fn value(&self, column: usize) -> StoredValue<'_>;

    /// How the row is named in reports: `rowid 7`, and its key where it has another and that may be shown.
    fn name(&self, shows_key: bool) -> String;
}
