use super::{Database, Failure, Write};
use crate::error::Result;
use crate::history::{Ledger, LedgerRow, Located};
use crate::sql::Ident;

/// The hooks for taking over a database that another tool has migrated so far.
pub(crate) trait Adopting: Database {
    /// As [`lock`](Database::lock), but creates nothing.
    async fn hold(&mut self) -> Result<()>;

    /// Finds a table of this name, whoever made it.
    async fn locate(&mut self, table: &str) -> Result<Option<Located>>;

    /// Reads the rows of another tool's table, by the query that [`Ledger::select`] makes.
    async fn ledger(&mut self, select: &str) -> Result<Vec<LedgerRow>>;

    /// Puts the history in the place of another tool's table, all of it or nothing. It fails with `DoneByOther` where that
    /// table was changed since it was read, or the history is no longer empty.
    async fn take_over(&mut self, takeover: &Takeover<'_>) -> Result<(), Failure>;
}

/// Another tool's table that gives way to the history.
#[derive(Debug)]
pub(crate) struct Takeover<'a> {
    /// As it was read: what was written to it since must not get lost.
    pub(crate) ledger: Ledger,
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
