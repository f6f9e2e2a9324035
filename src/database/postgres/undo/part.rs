//! What is noted of a step while it runs, and what it comes to.

use std::collections::BTreeMap;

use super::facts::{KnownTable, TouchedRows};
use super::numbering::GivenNumbers;
use crate::history::UndoPart;
use crate::sql::Name;
use crate::version::Version;

/// The rows of one part, in the table that has those of all.
#[derive(Debug, Clone)]
pub(super) struct PartRows {
    pub(super) table: String,
    pub(super) version: Version,
    pub(super) number: u32,
}

/// What is noted of one table.
pub(super) struct TableNotes {
    pub(super) part: PartRows,
    /// Whether it has all rows of the table.
    pub(super) is_whole: bool,
    /// How often its rows were touched when it was written.
    pub(super) touched: TouchedRows,
}

/// What is noted of a step.
pub(super) struct StepNotes {
    pub(super) version: Version,
    /// The table that has the rows of all records, as SQL names it.
    pub(super) rows: String,
    /// How many rows and bytes are kept at most.
    pub(super) room: Option<(u64, u64)>,
    pub(super) before: BTreeMap<u32, KnownTable>,
    pub(super) logs: BTreeMap<u32, TableNotes>,
    /// Whether a statement ran that may write rows.
    pub(super) is_asked: bool,
    /// The file of each table when it was last known to have the rows that it had: no statement that writes rows makes another one, but by emptying the table.
    pub(super) files: BTreeMap<u32, u32>,
    /// What an ALTER TABLE names: it may write a table anew, and keeps its rows.
    pub(super) altered: Vec<Name<'static>>,
    /// Why nothing of the step is kept.
    pub(super) not: Option<String>,
}

/// What a step has come to.
pub(super) enum RecordOutcome {
    /// It did nothing to rows.
    Nothing,
    Not(String),
    Parts(Vec<CountedPart>),
}

/// A part, with the sequence of each column of its key that one gives numbers, by the place of the column.
pub(super) struct CountedPart {
    pub(super) part: UndoPart,
    pub(super) numbered: BTreeMap<usize, GivenNumbers>,
}

impl StepNotes {
    /// Nothing of the step is kept, for this reason: the first one that is told.
    pub(super) fn give_up(&mut self, why: String) {
        self.not.get_or_insert(why);
    }

    pub(super) fn part(&self, number: u32) -> PartRows {
        PartRows { number, version: self.version, table: self.rows.clone() }
    }

    /// The part that a table has, or the next one.
    pub(super) fn part_of(&self, oid: u32) -> PartRows {
        let next = || self.logs.values().map(|log| log.part.number).max().unwrap_or(0) + 1;
        self.part(self.logs.get(&oid).map_or_else(next, |log| log.part.number))
    }

    pub(super) fn is_altered(&self, before: &KnownTable, now: &KnownTable) -> bool {
        self.altered.iter().any(|name| name.may_be(&before.name) || name.may_be(&now.name))
    }
}

impl PartRows {
    pub(super) fn condition(&self) -> String {
        format!("version = {} AND number = {}", self.version, self.number)
    }

    /// The same of a row that a query calls so.
    pub(super) fn condition_of(&self, row: &str) -> String {
        format!("{row}.version = {} AND {row}.number = {}", self.version, self.number)
    }

    /// The number of the next image, in a query that inserts some: no sequence gives it, since that would answer `lastval()` of a step.
    pub(super) fn next(&self) -> String {
        format!(
            "(SELECT coalesce(max(r.image), 0) FROM {} AS r WHERE {}) + row_number() OVER ()",
            self.table,
            self.condition_of("r")
        )
    }

    /// As a query names them.
    pub(super) fn selected(&self) -> String {
        format!("(SELECT * FROM {} WHERE {})", self.table, self.condition())
    }
}
