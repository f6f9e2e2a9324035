//! What an export has written, and what a restore of it has put back, as text and as JSON.

use std::path::Path;

use serde::Serialize;

use super::{DatabaseView, Paint, count};
use crate::export::{ExportedTable, RestoredTable, SnapshotHeader};
use crate::plural::count_of;

/// What an export did.
#[derive(Debug, Serialize)]
pub(crate) struct ExportDocument {
    database: DatabaseView,
    file: String,
    tables: Vec<SnapshotTableView>,
    /// Virtual tables, which are not written.
    left: Vec<String>,
}

/// What a restore did. Each table was read back, and is equal.
#[derive(Debug, Serialize)]
pub(crate) struct SnapshotDocument {
    database: DatabaseView,
    file: String,
    /// Of which kind of database and of which version the snapshot is.
    backend: String,
    version: Option<i64>,
    is_dry_run: bool,
    tables: Vec<SnapshotTableView>,
}

#[derive(Debug, Serialize)]
struct SnapshotTableView {
    table: String,
    rows: u64,
    sha256: String,
    /// The next number of columns that are numbered.
    next: Vec<NextNumberView>,
}

#[derive(Debug, Serialize)]
struct NextNumberView {
    column: String,
    next: i64,
}

fn rows(tables: &[SnapshotTableView]) -> String {
    let rows: u64 = tables.iter().map(|table| table.rows).sum();
    let rows = count_of(rows, "row");
    format!("{rows} of {}", count(tables.len(), "table"))
}

impl ExportDocument {
    pub(crate) fn new(database: DatabaseView, file: String, tables: &[ExportedTable], left: Vec<String>) -> Self {
        let view = |exported: &ExportedTable| SnapshotTableView {
            table: exported.table.plain(),
            rows: exported.rows.count,
            sha256: exported.rows.sha256.clone(),
            next: NextNumberView::all(&exported.table.next),
        };
        Self { database, file, tables: tables.iter().map(view).collect(), left }
    }

    /// As a person reads it.
    pub(crate) fn text(&self, paint: Paint) -> String {
        let mut text = format!("{}\n", self.database.heading(paint));
        for table in &self.left {
            text += &format!("not written: the virtual table {table}\n");
        }
        text + &format!("{} written to {}\n", rows(&self.tables), self.file)
    }
}

impl SnapshotDocument {
    pub(crate) fn new(
        database: DatabaseView,
        file: &Path,
        header: &SnapshotHeader,
        tables: &[RestoredTable],
        is_dry_run: bool,
    ) -> Self {
        let view = |restored: &RestoredTable| SnapshotTableView {
            table: restored.name.clone(),
            rows: restored.rows,
            sha256: restored.sha256.clone(),
            next: NextNumberView::all(&restored.next),
        };
        let tables = tables.iter().map(view).collect();
        let (backend, version) = (header.backend.clone(), header.version);
        Self { database, file: file.display().to_string(), backend, version, is_dry_run, tables }
    }

    /// As a person reads it.
    pub(crate) fn text(&self, paint: Paint) -> String {
        let mut text = format!("{}\n", self.database.heading(paint));
        for table in &self.tables {
            let rows = count_of(table.rows, "row");
            text += &format!("{}: {rows}, equal\n", table.table);
        }
        text += &format!("equal: {} restored from {}, and read back\n", rows(&self.tables), self.file);
        if self.is_dry_run {
            text += "nothing was written\n";
        }
        text
    }
}

impl NextNumberView {
    fn all(next: &[(String, i64)]) -> Vec<Self> {
        next.iter().map(|(column, next)| Self { column: column.clone(), next: *next }).collect()
    }
}
