use super::Write;
use crate::history::ForeignHistory;
use crate::sql::Ident;

/// Another tool's table that gives way to the history.
#[derive(Debug)]
pub(crate) struct Takeover<'a> {
    /// As it was read: what was written to it since must not get lost.
    pub(crate) ledger: ForeignHistory,
    /// The name that it gets where it has the history's.
    pub(crate) aside: Option<String>,
    /// What the history, which is empty, is to hold.
    pub(crate) writes: Vec<Write<'a>>,
}

impl Takeover<'_> {
    /// The statement that marks the table as taken over, where its tool can be kept off by that. Both databases have it alike.
    pub(crate) fn mark(&self) -> Option<String> {
        let (column, mark) = self.ledger.tool.mark()?;
        // Without that column the tool ends with an error as it is.
        let is_there = self.ledger.place.columns.iter().any(|there| there.eq_ignore_ascii_case(column));
        is_there.then_some(())?;
        Some(format!("ALTER TABLE {} RENAME COLUMN {} TO {}", self.ledger.place.sql, Ident(column), Ident(mark)))
    }
}
