//! The journal of a move: tables beside the history of the target. It is all the state that a move has.

mod follow;
mod read;
mod tables;

pub(crate) use follow::{FollowState, ReturnState, RoundDone};
pub(crate) use read::{CopiedTable, CopyState, MoveState, OrphanCounts, RefusedDigests};
pub(crate) use tables::NewMove;

use super::SetAside;
use super::chunk::{Chunk, ChunkPlace, ChunkRows};
use super::row_writer::send;
use crate::config::Options;
use crate::database::postgres::log_statement;
use crate::error::Result;
use crate::history::{Elapsed, LogEntry, LogOutcome, MoveTable};
use crate::sql::{Ident, Literal};
use crate::transfer::TableMove;
use crate::transfer::session::TargetSession;
use crate::version::Version;

/// What the journal calls a row that was written and refers to nothing, as its storage class: set aside, left out by a rule, or written anew with
/// NULL instead of the reference.
pub(crate) const ORPHAN: &str = "orphan";
pub(crate) const ORPHAN_LEFT_OUT: &str = "orphan left out";
pub(crate) const NULLED: &str = "orphan made null";

/// What it calls a row whose key is there more than once, as its storage class: set aside, or left out by a rule. Its value is where it is on the
/// source, and what it became the SHA-256 of its binary form.
pub(crate) const DUPLICATE: &str = "duplicate";
pub(crate) const DUPLICATE_LEFT_OUT: &str = "duplicate left out";

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
        let left_out = LeftOut { too_old: chunk.too_old, duplicates: chunk.duplicates, ..LeftOut::default() };
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

    /// The statement that adds a line about the move to the log of the history, as of its last version; none where it has no version.
    pub(crate) async fn log_line(
        &self,
        session: &TargetSession,
        options: &Options,
        (description, detail): (&str, String),
    ) -> Result<Option<String>> {
        let history = format!("{}.{}", Ident(&self.schema), Ident(&self.history));
        let message = format!("{history} cannot be read");
        let rows = session.rows(&format!("SELECT max(version) FROM {history}"), &message).await?;
        let version = rows.first().and_then(|row| row.get(0)).and_then(|version| version.parse().ok());
        let Some(version) = version.and_then(Version::new) else { return Ok(None) };
        let entry = LogEntry {
            action: "move",
            version,
            description: description.to_owned(),
            checksum: String::new(),
            outcome: LogOutcome::Done,
            detail: Some(detail),
            elapsed: Elapsed::Milliseconds(0),
        };
        Ok(Some(log_statement(&self.schema, &entry, options)))
    }

    /// Something else of the move, whose name is the history's with this behind it.
    pub(crate) fn beside_history(&self, suffix: &str) -> String {
        format!("{}.{}", Ident(&self.schema), Ident(&format!("{}_{suffix}", self.history)))
    }

    /// The statement that notes that rows of a table, which were written, were set aside or left out.
    pub(crate) fn taken_off(&self, table: &str, set_aside: u64, left_out: LeftOut) -> String {
        let orphans = left_out.orphans;
        self.counted_again(table, &format!("0, -{}, {set_aside}, {orphans}", set_aside + orphans))
    }

    /// The statement that notes that rows of a table, which were written, were taken away, to be read again.
    pub(crate) fn taken_back(&self, table: &TableMove, rows: u64) -> String {
        self.counted_again(&table.name, &format!("-{rows}, -{rows}, 0, 0"))
    }

    /// The statement that adds counts to those of a table: rows read, written, set aside, orphans. It is a line of a range that no table has.
    fn counted_again(&self, table: &str, counts: &str) -> String {
        format!(
            "INSERT INTO {chunks} (source_table, range, chunk, part, is_last, rows_read, rows_written, rows_set_aside, rows_orphans, bytes) \
             SELECT {name}, -1, coalesce(max(chunk), -1) + 1, 0, true, {counts}, 0 FROM {chunks} WHERE source_table = {name} AND range = -1",
            chunks = self.table(MoveTable::Chunks),
            name = Literal(Some(table)),
        )
    }

    /// Keeps what is set aside, in the transaction at hand.
    pub(crate) async fn set_aside(&self, session: &TargetSession, aside: &[SetAside]) -> Result<()> {
        let mut rows = Vec::new();
        aside.iter().for_each(|value| value.encode(&mut rows));
        self.append(session, &format!("{} ({})", self.table(MoveTable::SetAside), SetAside::COLUMNS), &rows).await
    }

    /// Keeps ids that were made anew, in the transaction at hand.
    pub(crate) async fn ids(&self, session: &TargetSession, ids: &ChunkRows) -> Result<()> {
        let into = format!("{} (source_table, column_name, old_id, new_id)", self.table(MoveTable::Ids));
        self.append(session, &into, &ids.bytes).await
    }

    /// Keeps ids that were made anew and are not known yet, in the transaction at hand.
    pub(crate) async fn new_ids(&self, session: &TargetSession, ids: &ChunkRows) -> Result<()> {
        if ids.is_empty() {
            return Ok(());
        }
        let (table, message) = (self.table(MoveTable::Ids), "the journal of the move cannot be written");
        let make = format!("CREATE TEMP TABLE schemactl_ids ON COMMIT DROP AS SELECT * FROM {table} WITH NO DATA");
        session.run(&make, message).await?;
        self.append(session, "pg_temp.schemactl_ids", &ids.bytes).await?;
        let sql = format!(
            "INSERT INTO {table} SELECT DISTINCT * FROM pg_temp.schemactl_ids n WHERE NOT EXISTS (SELECT FROM {table} k WHERE \
             k.source_table = n.source_table AND k.column_name = n.column_name AND k.old_id = n.old_id); DROP TABLE pg_temp.schemactl_ids"
        );
        session.run(&sql, message).await
    }

    /// Rows are not part of a statement's text, which a server may log.
    async fn append(&self, session: &TargetSession, into: &str, rows: &[u8]) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let sent = send(session, into, rows).await;
        sent.map(drop).map_err(|error| session.error(error, "the journal of the move cannot be written"))
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
