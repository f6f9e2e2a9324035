//! The journal of a move: tables beside the history of the target. It is all the state that a move has.

mod read;
mod tables;

pub(crate) use read::{CopiedTable, CopyState, MoveState, OrphanCounts, RefusedDigests};
pub(crate) use tables::NewMove;

use super::chunk::{Chunk, ChunkPlace};
use crate::history::MoveTable;
use crate::sql::{Ident, Literal};
use crate::transfer::TableMove;

/// What the journal calls a row that was written and refers to nothing, as its storage class: set aside, left out by a rule, or written anew with
/// NULL instead of the reference.
pub(crate) const ORPHAN: &str = "orphan";
pub(crate) const ORPHAN_LEFT_OUT: &str = "orphan left out";
pub(crate) const NULLED: &str = "orphan made null";

/// Where the journal is.
#[derive(Debug, Clone)]
pub(crate) struct MoveJournal {
    schema: String,
    history: String,
}

/// What the journal counts of a chunk.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ChunkLine {
    /// The row that it ends with.
    upto: Option<String>,
    is_last: bool,
    pub(crate) read: u64,
    pub(crate) written: u64,
    pub(crate) set_aside: u64,
    pub(crate) left_out: LeftOut,
    pub(crate) bytes: u64,
}

/// Rows that rules leave out, by what they are called in reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct LeftOut {
    /// By `older_than` or `before`.
    pub(crate) too_old: u64,
    /// By `orphan = "skip"`.
    pub(crate) orphans: u64,
    /// By `duplicates`.
    pub(crate) duplicates: u64,
}

impl LeftOut {
    pub(crate) fn all(self) -> u64 {
        self.too_old + self.orphans + self.duplicates
    }
}

impl ChunkLine {
    pub(crate) fn of(chunk: &Chunk, written: usize) -> Self {
        let written = count(written);
        let left_out = LeftOut { too_old: chunk.too_old, ..LeftOut::default() };
        Self {
            upto: chunk.upto.as_ref().map(ToString::to_string),
            is_last: chunk.is_last,
            read: chunk.read,
            written,
            set_aside: chunk.read.saturating_sub(written + left_out.all()),
            left_out,
            bytes: count(chunk.rows.bytes.len()),
        }
    }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

impl MoveJournal {
    /// The one beside a history.
    pub(crate) fn beside((schema, history): (&str, &str)) -> Self {
        Self { schema: schema.to_owned(), history: history.to_owned() }
    }

    /// A table of it, as SQL names it.
    pub(crate) fn table(&self, table: MoveTable) -> String {
        format!("{}.{}", Ident(&self.schema), Ident(&table.name(&self.history)))
    }

    /// The statement that notes that rows of a table, which were written, were set aside or left out. It is a line of a range that no table has.
    pub(crate) fn taken_off(&self, table: &str, set_aside: u64, left_out: LeftOut) -> String {
        format!(
            "INSERT INTO {chunks} (source_table, range, chunk, part, is_last, rows_read, rows_written, rows_set_aside, rows_orphans, bytes) \
             SELECT {name}, -1, coalesce(max(chunk), -1) + 1, 0, true, 0, -{gone}, {set_aside}, {orphans}, 0 \
             FROM {chunks} WHERE source_table = {name} AND range = -1",
            chunks = self.table(MoveTable::Chunks),
            name = Literal(Some(table)),
            gone = set_aside + left_out.orphans,
            orphans = left_out.orphans,
        )
    }

    /// The statement that notes a chunk, in the transaction that writes its rows. A second one for the same chunk fails on the key.
    pub(crate) fn line(&self, table: &TableMove, place: ChunkPlace, part: u32, line: &ChunkLine) -> String {
        format!(
            "INSERT INTO {} (source_table, range, chunk, part, upto, is_last, rows_read, rows_written, rows_set_aside, \
             rows_too_old, rows_orphans, rows_duplicates, bytes) VALUES ({}, {}, {}, {part}, {}, {}, {}, {}, {}, {}, {}, {}, {})",
            self.table(MoveTable::Chunks),
            Literal(Some(&table.name)),
            place.range,
            place.number,
            Literal(line.upto.as_deref()),
            line.is_last,
            line.read,
            line.written,
            line.set_aside,
            line.left_out.too_old,
            line.left_out.orphans,
            line.left_out.duplicates,
            line.bytes
        )
    }
}
