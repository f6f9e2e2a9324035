//! Rows that are left out, since a time of theirs is too old.

use super::source::SourceRow;
use super::{ColumnMove, MovePlan, TableMove};
use crate::convert::{RowAge, convert};

impl MovePlan {
    /// Whether it depends on when the copy begins.
    pub(crate) fn depends_on_moment(&self) -> bool {
        let depends = |column: &ColumnMove| matches!(column.rule.options.age, Some(RowAge::OlderThan(_)));
        self.tables.iter().any(|table| table.columns.iter().any(depends))
    }
}

impl TableMove {
    /// The column by whose time a row is left out, of a copy that began at `moment`. A value that has no place leaves none out: it is refused.
    pub(crate) fn left_out_by(&self, row: &dyn SourceRow, moment: i64) -> Option<usize> {
        self.columns.iter().enumerate().find_map(|(at, column)| {
            let age = column.rule.options.age?;
            let converted = convert(row.value(at), &column.rule).ok()?;
            age.leaves_out(&converted.value, moment).then_some(at)
        })
    }
}
