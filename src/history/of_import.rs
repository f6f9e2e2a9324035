//! The tables in which imports of files are recorded, beside the history: named after it, as its log is.

use super::of_move::{CaptureTable, MoveTable};
use super::of_undo::UndoTable;

/// A table of the imports' journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ImportTable {
    /// A row for each file that was imported.
    Files,
    /// A row for each key that a file brought, so that two files with the same one are told.
    Keys,
}

impl ImportTable {
    pub(crate) const ALL: [Self; 2] = [Self::Files, Self::Keys];

    /// Its name beside a history of this name.
    pub(crate) fn name(self, history: &str) -> String {
        let suffix = match self {
            Self::Files => "import_files",
            Self::Keys => "import_keys",
        };
        format!("{history}_{suffix}")
    }
}

/// The names of all tables that moves, imports and the record of rows make beside a history of this name, on the source of a move too; without those
/// in which that has its rows.
pub(crate) fn journals_beside(history: &str) -> impl Iterator<Item = String> {
    let of_moves = MoveTable::ALL.map(|table| table.name(history));
    let of_imports = ImportTable::ALL.map(|table| table.name(history));
    let of_sources = CaptureTable::ALL.map(|table| table.name(history));
    let of_undo = UndoTable::ALL.map(|table| table.name(history));
    of_moves.into_iter().chain(of_sources).chain(of_imports).chain(of_undo)
}
