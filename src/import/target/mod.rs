//! Rows into a database: behind one trait, each kind of database in a file of its own.

mod postgres;
mod sqlite;

pub(crate) use self::postgres::PostgresTarget;
pub(crate) use self::sqlite::{SqliteTarget, bound};

use super::journal::{JournalEntry, KeyDigest, KeyOwner};
use super::rows::ImportRow;
use super::table::{LookupPlan, TablePlan};
use crate::error::Result;

/// How a row is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WriteWay {
    /// It is new; a row with its key that is there already is somebody's.
    Insert,
    /// In place of the one with its key, where that is there.
    Replace,
    /// Where none with its key is there.
    InsertMissing,
}

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RowOutcome {
    Inserted,
    Replaced,
    /// The one that is there stays.
    Kept,
    /// In the words of the database, which have no values.
    Refused {
        reason: String,
        refers_to_nothing: bool,
    },
}

/// What an import asks of a database. What is between `begin` and `end` is one transaction.
pub(crate) trait ImportTarget {
    /// Makes the journal's tables where they are missing.
    async fn prepare(&mut self) -> Result<()>;

    /// What the journal has of a rule.
    async fn journal(&mut self, rule: &str) -> Result<Vec<JournalEntry>>;

    /// Begins the transaction of a file whose records go to this table.
    async fn begin(&mut self, plan: &TablePlan) -> Result<()>;

    /// The line of a file, as the transaction sees it.
    async fn entry(&mut self, rule: &str, path: &str) -> Result<Option<JournalEntry>>;

    /// Which file brought each key of a table.
    async fn owners(&mut self, table: &str, keys: &[KeyDigest]) -> Result<Vec<Option<(String, KeyOwner)>>>;

    /// A column of rows of another table as text, each found by values; none where there is no such row.
    async fn look_up(&mut self, plan: &LookupPlan, by: &[&[String]]) -> Result<Vec<Option<String>>>;

    /// Writes rows, each by its own way; one that is refused takes no other along.
    async fn write(&mut self, plan: &TablePlan, rows: &[(&ImportRow, WriteWay)]) -> Result<Vec<RowOutcome>>;

    /// Records that the keys of a table are those of a file.
    async fn own(&mut self, table: &str, of: &JournalEntry, keys: &[KeyDigest]) -> Result<()>;

    /// Records a file, which had another name before where one is given.
    async fn record(&mut self, entry: &JournalEntry, before: Option<&str>) -> Result<()>;

    /// Notes that the keys of a file are of an earlier state of it.
    async fn forget(&mut self, rule: &str, path: &str) -> Result<()>;

    /// How many keys an earlier state of a file brought that it has no more.
    async fn left_behind(&mut self, entry: &JournalEntry) -> Result<u64>;

    /// Ends the transaction: keeps what was written, or nothing of it.
    async fn end(&mut self, kept: TransactionEnd) -> Result<()>;
}

/// Whether what was written stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TransactionEnd {
    Keep,
    Discard,
}
