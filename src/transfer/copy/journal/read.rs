//! What the journal says of a move.

use std::collections::BTreeMap;

use tokio_postgres::SimpleQueryRow;

use super::{DUPLICATE, DUPLICATE_LEFT_OUT, LeftOut, MoveJournal, NULLED, ORPHAN, ORPHAN_LEFT_OUT};
use crate::error::{Code, Error, Result};
use crate::history::MoveTable;
use crate::sql::Literal;
use crate::transfer::TableMove;
use crate::transfer::copy::range::RowRange;
use crate::transfer::copy::reader::RangeLeft;
use crate::transfer::session::TargetSession;
use crate::transfer::source::RowPosition;

/// How far a move has come, as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MoveState {
    /// How messages name the source.
    pub(crate) source: String,
    pub(crate) progress: CopyState,
    /// What the file of the source was when the move began.
    pub(crate) source_state: String,
    /// Whether the source was written since then.
    pub(crate) source_changed: bool,
    /// The moment by which rows are too old: microseconds since 2000-01-01 in UTC.
    pub(crate) moment: i64,
    /// Whether it is decided which rows stay of those that are there more than once.
    pub(crate) decided: bool,
    pub(crate) begun_at: String,
    pub(crate) completed_at: Option<String>,
}

/// The states of a copy, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum CopyState {
    /// Rows are missing.
    Begun,
    /// All rows are there; what was taken off for them is not yet back.
    Rows,
    /// What the source changes is applied; foreign keys and triggers are off until the switch.
    Following,
    /// The source is the side that is written again, after it was followed back; nobody follows it yet.
    Returned,
    /// The target is the side that is written; its foreign keys were not yet asked of the rows that came from the source.
    Switched,
    /// The target is the side that is written, and what it changes goes back to the source.
    Open,
    Complete,
}

impl CopyState {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::Rows => "rows",
            Self::Following => "following",
            Self::Returned => "returned",
            Self::Switched => "switched",
            Self::Open => "open",
            Self::Complete => "complete",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        use CopyState::{Begun, Complete, Following, Open, Returned, Rows, Switched};

        [Begun, Rows, Following, Returned, Switched, Open, Complete].into_iter().find(|state| state.as_str() == text)
    }
}

/// What the journal counts of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CopiedTable {
    pub(crate) name: String,
    /// As SQL names it.
    pub(crate) target: String,
    /// As messages name it.
    pub(crate) target_name: String,
    /// A digest of the rules for its values.
    pub(crate) rules: String,
    pub(crate) read: u64,
    pub(crate) written: u64,
    pub(crate) set_aside: u64,
    pub(crate) left_out: LeftOut,
    /// Rows of which a reference to what is not there became NULL.
    pub(crate) nulled: u64,
    pub(crate) bytes: u64,
    /// Whether all its rows are there.
    pub(crate) is_done: bool,
    pub(crate) has_chunks: bool,
}

/// Rows by the SHA-256 of their binary form, in hexadecimal digits, and how many there are of each.
pub(crate) type RefusedDigests = BTreeMap<String, u64>;

/// Rows of a table that were written, and refer to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct OrphanCounts {
    pub(crate) set_aside: u64,
    /// By a rule.
    pub(crate) left_out: u64,
    /// They are there, with NULL instead of the reference.
    pub(crate) nulled: u64,
}

const UNREADABLE: &str = "the journal of the move cannot be read";

impl MoveJournal {
    /// How far the move has come; none where none has begun.
    pub(crate) async fn state(&self, session: &TargetSession) -> Result<Option<MoveState>> {
        let table = self.table(MoveTable::State);
        let is_there = format!("SELECT to_regclass({}) IS NOT NULL", Literal(Some(&table)));
        let there = session.rows(&is_there, UNREADABLE).await?;
        if there.first().and_then(|row| row.get(0)) != Some("t") {
            return Ok(None);
        }
        let sql = format!(
            "SELECT source, state, source_state, source_changed, to_char(begun_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), \
             to_char(completed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), \
             (extract(epoch FROM moment - timestamptz '2000-01-01 00:00:00+00') * 1000000)::bigint, is_decided FROM {table}"
        );
        let rows = session.rows(&sql, UNREADABLE).await?;
        rows.first().map(|row| state_of(row).ok_or_else(unknown)).transpose()
    }

    /// Keeps the state as it is until the transaction at hand ends: a switch that is about to be committed is waited for. Returns it; none where the journal is gone.
    pub(crate) async fn hold_state(&self, session: &TargetSession) -> Result<Option<CopyState>> {
        let sql = format!("SELECT state FROM {} FOR UPDATE", self.table(MoveTable::State));
        let rows = session.rows(&sql, UNREADABLE).await?;
        rows.first().map(|row| row.get(0).and_then(CopyState::parse).ok_or_else(unknown)).transpose()
    }

    /// What it counts, in the order in which tables are copied.
    pub(crate) async fn tables(&self, session: &TargetSession) -> Result<Vec<CopiedTable>> {
        let sql = format!(
            "SELECT r.source_table, min(r.target), min(r.target_name), min(r.rules), c.rows_read, c.rows_written, c.rows_set_aside, c.bytes, \
             bool_and(EXISTS (SELECT FROM {chunks} l WHERE l.source_table = r.source_table AND l.range = r.range AND l.is_last)), \
             c.source_table IS NOT NULL, c.rows_too_old, c.rows_orphans, c.rows_duplicates, \
             (SELECT count(*) FROM {aside} a WHERE a.source_table = r.source_table AND a.storage_class = {NULLED_SQL}) FROM {ranges} r LEFT JOIN \
             (SELECT source_table, sum(rows_read) AS rows_read, sum(rows_written) AS rows_written, \
             sum(rows_set_aside) AS rows_set_aside, sum(rows_too_old) AS rows_too_old, sum(rows_orphans) AS rows_orphans, \
             sum(rows_duplicates) AS rows_duplicates, sum(bytes) AS bytes FROM {chunks} GROUP BY 1) c USING (source_table) \
             GROUP BY r.source_table, c.source_table, c.rows_read, c.rows_written, c.rows_set_aside, c.bytes, c.rows_too_old, c.rows_orphans, c.rows_duplicates ORDER BY min(r.position)",
            ranges = self.table(MoveTable::Ranges),
            chunks = self.table(MoveTable::Chunks),
            aside = self.table(MoveTable::SetAside),
            NULLED_SQL = Literal(Some(NULLED))
        );
        let rows = session.rows(&sql, UNREADABLE).await?;
        rows.iter().map(|row| copied(row).ok_or_else(unknown)).collect()
    }

    /// The rows of a table that the server has refused or that were set aside since their key is there more than once, and with `left_out` those that a
    /// rule leaves out for that: how many there are of each, by the SHA-256 of their binary form.
    pub(crate) async fn refused_rows(
        &self,
        session: &TargetSession,
        table: &TableMove,
        left_out: bool,
    ) -> Result<RefusedDigests> {
        let classes = if left_out { vec![DUPLICATE_LEFT_OUT] } else { vec![DUPLICATE, "row"] };
        let classes: Vec<String> = classes.iter().map(|class| Literal(Some(class)).to_string()).collect();
        let sql = format!(
            "SELECT encode(CASE storage_class WHEN 'row' THEN sha256(value) ELSE became END, 'hex'), count(*) FROM {} \
             WHERE source_table = {} AND storage_class IN ({}) GROUP BY 1",
            self.table(MoveTable::SetAside),
            Literal(Some(&table.name)),
            classes.join(", ")
        );
        let rows = session.rows(&sql, UNREADABLE).await?;
        let digest = |row: &SimpleQueryRow| Some((row.get(0)?.to_owned(), row.get(1)?.parse().ok()?));
        rows.iter().map(|row| digest(row).ok_or_else(unknown)).collect()
    }

    /// The rows of a table that were written and refer to nothing.
    pub(crate) async fn orphans(&self, session: &TargetSession, table: &TableMove) -> Result<OrphanCounts> {
        let count = |class: &str| format!("count(*) FILTER (WHERE storage_class = {})", Literal(Some(class)));
        let sql = format!(
            "SELECT {}, {}, {} FROM {} WHERE source_table = {}",
            count(ORPHAN),
            count(ORPHAN_LEFT_OUT),
            count(NULLED),
            self.table(MoveTable::SetAside),
            Literal(Some(&table.name))
        );
        let rows = session.rows(&sql, UNREADABLE).await?;
        let number = |at: usize| rows.first().and_then(|row| row.get(at)?.parse().ok()).ok_or_else(unknown);
        Ok(OrphanCounts { set_aside: number(0)?, left_out: number(1)?, nulled: number(2)? })
    }

    /// The ranges of a table that are not copied to their end.
    pub(crate) async fn left(
        &self,
        session: &TargetSession,
        (at, table): (usize, &TableMove),
    ) -> Result<Vec<RangeLeft>> {
        let sql = format!(
            "SELECT r.range, r.after, r.last, c.chunk, c.upto FROM {ranges} r LEFT JOIN \
             (SELECT DISTINCT ON (range) range, chunk, upto, is_last FROM {chunks} WHERE source_table = {name} AND part = 0 \
             ORDER BY range, chunk DESC) c USING (range) \
             WHERE r.source_table = {name} AND c.is_last IS NOT TRUE ORDER BY r.range",
            ranges = self.table(MoveTable::Ranges),
            chunks = self.table(MoveTable::Chunks),
            name = Literal(Some(&table.name))
        );
        let rows = session.rows(&sql, UNREADABLE).await?;
        rows.iter().map(|row| range_left(row, at, table).ok_or_else(unknown)).collect()
    }
}

fn state_of(row: &SimpleQueryRow) -> Option<MoveState> {
    Some(MoveState {
        source: row.get(0)?.to_owned(),
        progress: CopyState::parse(row.get(1)?)?,
        source_state: row.get(2)?.to_owned(),
        source_changed: row.get(3)? == "t",
        begun_at: row.get(4)?.to_owned(),
        completed_at: row.get(5).map(str::to_owned),
        moment: row.get(6)?.parse().ok()?,
        decided: row.get(7)? == "t",
    })
}

fn copied(row: &SimpleQueryRow) -> Option<CopiedTable> {
    let number = |at: usize| row.get(at).map_or(Some(0), |text| text.parse().ok());
    Some(CopiedTable {
        name: row.get(0)?.to_owned(),
        target: row.get(1)?.to_owned(),
        target_name: row.get(2)?.to_owned(),
        rules: row.get(3)?.to_owned(),
        read: number(4)?,
        written: number(5)?,
        set_aside: number(6)?,
        left_out: LeftOut { too_old: number(10)?, orphans: number(11)?, duplicates: number(12)? },
        nulled: number(13)?,
        bytes: number(7)?,
        is_done: row.get(8)? == "t",
        has_chunks: row.get(9)? == "t",
    })
}

fn range_left(row: &SimpleQueryRow, at: usize, table: &TableMove) -> Option<RangeLeft> {
    let bound = |at: usize| row.get(at).map(str::parse).transpose().ok();
    let range = RowRange { number: row.get(0)?.parse().ok()?, after: bound(1)?, last: bound(2)? };
    let chunk: Option<u32> = row.get(3).map(str::parse).transpose().ok()?;
    let position = match row.get(4) {
        Some(text) => Some(RowPosition::parse(text, table)?),
        None => None,
    };
    Some(RangeLeft { table: at, range, position, next: chunk.map_or(0, |chunk| chunk + 1) })
}

/// What is not understood is not guessed at.
fn unknown() -> Error {
    Error::new(Code::Query, "the journal of the move holds what this release of schemactl does not know")
        .with_hint("go on with the release that began it")
        .with_hint("or begin anew: `schemactl move discard` takes away what was copied")
}
