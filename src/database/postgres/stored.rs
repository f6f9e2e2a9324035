//! What the history keeps of versions that are to be taken back.

use tokio_postgres::SimpleQueryRow;

use super::history::{self, unreadable, version};
use super::{PostgresDatabase, undo};
use crate::error::Result;
use crate::history::columns::FOUND;
use crate::history::{Prior, StatementHashes, Stored, StoredDown, UndoRecord};
use crate::version::Version;

/// Reads what is kept of these versions.
pub(super) async fn of(database: &mut PostgresDatabase<'_>, versions: &[Version]) -> Result<Vec<Stored>> {
    if versions.is_empty() {
        return Ok(Vec::new());
    }
    let list: Vec<String> = versions.iter().map(ToString::to_string).collect();
    // As JSON, in which a column that an earlier release has not made is missing, and not an error.
    let query = format!(
        "SELECT version, statement_hashes, down_sql, down_checksum, verdict, to_jsonb(h) ->> '{FOUND}' FROM {} h WHERE version IN ({})",
        database.tables.history(),
        list.join(", ")
    );
    let rows = history::rows(database, &query).await?;
    let mut kept = undo::read(database, versions).await?;
    let mut stored = |row: &SimpleQueryRow| {
        Some(Stored {
            version: version(row)?,
            hashes: StatementHashes::parse(row.get(1)?),
            down: row.get(2).zip(row.get(3)).map(|(sql, checksum)| StoredDown::new(sql.to_owned(), checksum)),
            verdict: row.get(4).and_then(|verdict| verdict.parse().ok()),
            found: row.get(5).and_then(Prior::parse),
            undo: version(row).and_then(|version| kept.remove(&version)).unwrap_or(UndoRecord::Absent),
        })
    };
    let table = database.tables.shown();
    rows.iter().map(|row| stored(row).ok_or_else(|| unreadable(&table, row))).collect()
}
