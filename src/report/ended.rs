//! The end of a move, as text and as JSON.

use serde::Serialize;

use super::{DatabaseView, Paint};
use crate::transfer::{Archived, Discarded, Finished};

/// What the end of a move has come to.
#[derive(Debug, Serialize)]
pub(crate) struct FinishDocument {
    source: DatabaseView,
    target: DatabaseView,
    /// Whether a move has ended with this; false where none had begun, or it had ended before.
    is_finished: bool,
    /// Whether there was a way back until now.
    had_way_back: bool,
    /// The tables whose rows are on PostgreSQL for good, by their names in SQLite.
    tables: Vec<String>,
}

impl FinishDocument {
    pub(crate) fn new((source, target): (DatabaseView, DatabaseView), finished: Option<&Finished>) -> Self {
        Self {
            source,
            target,
            is_finished: finished.is_some(),
            had_way_back: finished.is_some_and(|finished| finished.had_way_back),
            tables: finished.map(|finished| finished.tables.clone()).unwrap_or_default(),
        }
    }

    /// As a person reads it.
    pub(crate) fn text(&self, paint: Paint) -> String {
        let mut text = format!("{}\nto {}\n", self.source.heading(paint), self.target.heading(paint));
        if !self.is_finished {
            return text + "no move is under way: there is nothing to end\n";
        }
        text += "the move has ended: PostgreSQL is the side that is written\n";
        if self.had_way_back {
            text += "there is no way back any more\n";
        }
        text + "SQLite keeps its rows, and is closed to writers; `schemactl move archive` puts its file away\n"
    }
}

/// A file that was put away.
#[derive(Debug, Serialize)]
pub(crate) struct ArchiveDocument {
    source: DatabaseView,
    from: String,
    to: String,
    bytes: u64,
    sha256: String,
}

impl ArchiveDocument {
    pub(crate) fn new(source: DatabaseView, archived: &Archived) -> Self {
        Self {
            source,
            from: archived.from.display().to_string(),
            to: archived.to.display().to_string(),
            bytes: archived.bytes,
            sha256: archived.sha256.clone(),
        }
    }

    /// As a person reads it.
    pub(crate) fn text(&self, paint: Paint) -> String {
        let Self { from, to, bytes, sha256, .. } = self;
        format!(
            "{}\n{from} is put away as {to}\n{bytes} bytes, SHA-256 {sha256}, which is also in {to}.sha256\n",
            self.source.heading(paint)
        )
    }
}

/// What a discard has taken away.
#[derive(Debug, Serialize)]
pub(crate) struct DiscardDocument {
    target: DatabaseView,
    /// The source of the copy; none where none had begun.
    source: Option<String>,
    tables: Vec<DiscardedTableView>,
    /// How many indexes, foreign keys and triggers were off, and are back.
    put_back: usize,
    /// Whether SQLite noted changes until now, where nothing else was asked to go; null where all was.
    capture_dropped: Option<bool>,
}

#[derive(Debug, Serialize)]
struct DiscardedTableView {
    target: String,
    rows: u64,
}

impl DiscardDocument {
    pub(crate) fn new(target: DatabaseView, discarded: Option<Discarded>) -> Self {
        let Some(Discarded { source, tables, back }) = discarded else {
            return Self { target, source: None, tables: Vec::new(), put_back: 0, capture_dropped: None };
        };
        let tables = tables.into_iter().map(|(target, rows)| DiscardedTableView { target, rows }).collect();
        Self { target, source: Some(source), tables, put_back: back, capture_dropped: None }
    }

    /// Of a source that notes no changes any more, whatever the target holds.
    pub(crate) fn of_capture(target: DatabaseView, dropped: bool) -> Self {
        Self { target, source: None, tables: Vec::new(), put_back: 0, capture_dropped: Some(dropped) }
    }

    /// As a person reads it.
    pub(crate) fn text(&self, paint: Paint) -> String {
        let mut text = format!("{}\n", self.target.heading(paint));
        match self.capture_dropped {
            Some(true) => {
                return text
                    + "SQLite notes no changes any more; PostgreSQL was not asked, and keeps what was copied until `schemactl move discard`\n";
            }
            Some(false) => return text + "SQLite notes no changes: there is nothing to take away\n",
            None => {}
        }
        let Some(source) = &self.source else { return text + "no copy has begun: there is nothing to take away\n" };
        for table in &self.tables {
            text += &format!("{}: {} rows taken away\n", table.target, table.rows);
        }
        if self.put_back > 0 {
            text += &format!("{} of what was off is back\n", self.put_back);
        }
        text + &format!("nothing of the copy from {source} is left\n")
    }
}
