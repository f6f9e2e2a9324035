//! What a database is asked, whether its lock is held or not.

use std::time::Duration;

use super::{Counted, Detail, Holder, KeptRecords};
use crate::catalog::{CatalogMoment, SeenCatalog, Skimmed};
use crate::error::Result;
use crate::history::{Found, LedgerRow, LocatedTable, Stored, Whereabouts};
use crate::plan::{Obstacle, Sought};
use crate::source::{Head, Requirement};
use crate::sql::{Dialect, Risk};
use crate::version::Version;

/// The questions that a database answers at any time. None of them writes.
///
/// The methods are async for PostgreSQL's sake. SQLite's never wait, so that a blocking caller needs no runtime.
pub(crate) trait Reader: KeptRecords {
    fn dialect(&self) -> Dialect;

    /// `database "shop"`, for messages.
    fn label(&self) -> String;

    /// The history's table as SQL names it, for messages.
    fn table(&self) -> String;

    /// Reads the history: one round trip, or one read.
    async fn history(&mut self, detail: Detail) -> Result<Found>;

    /// Reads the history, unless its last row says that these migrations are applied and nothing else: none then. One round trip, or one
    /// read where that is so; what it takes then does not grow with the history.
    async fn history_unless(&mut self, head: Head<'_>) -> Result<Option<Found>>;

    /// Reads what the history keeps of these versions: statement hashes and downs.
    async fn stored(&mut self, versions: &[Version]) -> Result<Vec<Stored>>;

    /// Reads the versions in the order in which they were applied, as the log has it; those that it does not know are missing.
    async fn order(&mut self) -> Result<Vec<Version>>;

    /// Asks the database which history this is about, and which others it has. A read of the catalog alone.
    async fn whereabouts(&mut self) -> Result<Whereabouts>;

    /// Looks for what is in the way of a first run: another tool's record of what it has applied, or tables that the migrations make.
    /// None too where the log says that migrations were applied here before: one round trip, and one more where something was found.
    async fn obstacle(&mut self, sought: &Sought) -> Result<Option<Obstacle>>;

    /// Whether what a migration requires can be had here.
    async fn available(&mut self, requirement: &Requirement) -> Result<bool>;

    /// Finds a table of this name, whoever made it.
    async fn locate(&mut self, table: &str) -> Result<Option<LocatedTable>>;

    /// Reads the rows of another tool's table, by the query that [`Ledger::select`](crate::history::Ledger::select) makes.
    async fn ledger(&mut self, select: &str) -> Result<Vec<LedgerRow>>;

    /// Reads what the database holds, in one round trip, and makes a fingerprint of it.
    async fn seen(&mut self) -> Result<SeenCatalog>;

    /// Makes a digest of the rows that the catalog is made of, which is fresh only where it is sure to be: what [`seen`](Self::seen) reads
    /// costs many times as much. None where it does not, or where something is left out. `since` asks whether others have written such rows.
    async fn skim(&mut self, since: Option<&CatalogMoment>) -> Result<Option<Skimmed>>;

    /// Counts, for each risk, what would go of what is there now: a table's rows, a column's values that are not NULL. Nothing where
    /// the table or the column is gone. What is generated is no value of its own, and counts none.
    async fn count(&mut self, risks: &[&Risk]) -> Result<Vec<Vec<Counted>>>;

    /// Who has the step that this run found taken, as the live database tells at this moment; none where it does not tell.
    async fn holder(&mut self) -> Option<Holder>;

    /// Sleeps, and keeps the connection alive meanwhile.
    async fn pause(&mut self, duration: Duration);
}
