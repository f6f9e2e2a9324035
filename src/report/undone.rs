//! What a down puts back of rows that its up changed.

use serde::Serialize;

use crate::database::undo::{Conflict, RowList, RowsUndone, UndoneTable, UndoneValues};

/// What is put back, and what is not.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct UndoneView {
    tables: Vec<UndoneTableView>,
    conflicts: Vec<ConflictView>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct UndoneTableView {
    table: String,
    /// Rows that the up had inserted, changed, deleted.
    deleted: RowsView,
    changed: RowsView,
    inserted: RowsView,
    values: Vec<ValuesView>,
    #[serde(skip)]
    text: String,
}

/// Rows, with the keys of the first ten.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct RowsView {
    count: u64,
    first: Vec<String>,
}

/// Values of a column that the up had dropped or converted.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct ValuesView {
    column: String,
    restored: u64,
    newer_rows: u64,
}

/// Rows that are not as the up left them.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct ConflictView {
    table: String,
    count: u64,
    first: Vec<String>,
    pub(super) text: String,
}

impl UndoneView {
    pub(crate) fn of(undone: &RowsUndone) -> Option<Self> {
        if undone.tables.is_empty() && undone.conflicts.is_empty() {
            return None;
        }
        let tables = undone.tables.iter().map(UndoneTableView::of).collect();
        Some(Self { tables, conflicts: undone.conflicts.iter().map(ConflictView::of).collect() })
    }

    pub(crate) fn has_conflicts(&self) -> bool {
        !self.conflicts.is_empty()
    }

    /// A line for each table, the keys below it, and one for what is not put back.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for table in &self.tables {
            lines.push(format!("puts back {}", table.text));
            for (rows, done) in
                [(&table.deleted, "deletes"), (&table.changed, "restores"), (&table.inserted, "inserts")]
            {
                if !rows.first.is_empty() {
                    let more = if rows.count > rows.first.len() as u64 { "; ..." } else { "" };
                    lines.push(format!("  {done} {}{more}", rows.first.join("; ")));
                }
            }
        }
        lines.extend(self.conflicts.iter().map(|conflict| format!("does not put back {}", conflict.text)));
        lines
    }
}

impl UndoneTableView {
    fn of(table: &UndoneTable) -> Self {
        let values = |values: &UndoneValues| ValuesView {
            column: values.column.clone(),
            restored: values.restored,
            newer_rows: values.newer_rows,
        };
        Self {
            table: table.table.plain().to_string(),
            deleted: RowsView::of(&table.deleted),
            changed: RowsView::of(&table.changed),
            inserted: RowsView::of(&table.inserted),
            values: table.values.iter().map(values).collect(),
            text: table.to_string(),
        }
    }
}

impl RowsView {
    fn of(rows: &RowList) -> Self {
        Self { count: rows.count, first: rows.first.clone() }
    }
}

impl ConflictView {
    pub(super) fn of(conflict: &Conflict) -> Self {
        Self {
            table: conflict.table.plain().to_string(),
            count: conflict.rows.count,
            first: conflict.rows.first.clone(),
            text: conflict.to_string(),
        }
    }
}
