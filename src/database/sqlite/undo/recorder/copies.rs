//! What is not noted row by row: a copy of a table into one that is new, and what goes into virtual tables of the step's own.

use std::collections::BTreeSet;

use super::Recorder;
use crate::database::sqlite::undo::written::virtual_name;
use crate::sql::{CopiedColumns, Statement, copied_table};

/// All rows of a table were written into one that is new.
#[derive(Debug, Clone)]
pub(super) struct RowCopy {
    pub(super) from: usize,
    pub(super) into: usize,
    pub(super) columns: CopiedColumns,
}

impl Recorder<'_> {
    pub(super) fn copy_into_made(&self, statement: &Statement<'_>) -> Option<RowCopy> {
        let copy = copied_table(statement)?;
        let (from, into) = (self.tables.resolve(&copy.from)?, self.tables.resolve(&copy.into)?);
        let made = &self.tables.list[into];
        let is_new = made.is_made && !made.is_virtual && self.logs[into].rows.is_none();
        is_new.then_some(RowCopy { from, into, columns: copy.columns })
    }

    /// The copy of a table that takes its place: it has its name already, or the script gives it that.
    pub(super) fn copy_in_place_of(&self, at: usize) -> Option<RowCopy> {
        let was = &self.tables.list[at];
        let takes_place = |copy: &&RowCopy| {
            let (Some(own), Some(into)) = (&was.now, &self.tables.list[copy.into].now) else { return false };
            let is_renamed = self.renames.iter().any(|(from, to)| from.may_be(into) && to.may_be(own));
            copy.from == at && (is_renamed || into.name.eq_ignore_ascii_case(&was.origin.name))
        };
        self.copies.iter().rev().find(takes_place).cloned()
    }

    /// Whether all of these virtual tables are the step's own, and go with its down: what they hold is of no matter then.
    pub(super) fn all_go(&self, virtual_tables: &BTreeSet<String>) -> rusqlite::Result<bool> {
        let mut gone = BTreeSet::new();
        if !virtual_tables.is_empty() {
            for table in self.tables.list.iter().filter(|table| table.is_virtual && table.is_made) {
                let Some(now) = &table.now else { continue };
                if self.goes.iter().any(|name| name.may_be(now)) {
                    gone.extend(virtual_name(self.connection, &now.name)?);
                }
            }
        }
        Ok(virtual_tables.is_subset(&gone))
    }
}
