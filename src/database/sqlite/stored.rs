//! What the history keeps of versions that are to be taken back.

use rusqlite::Connection;

use super::tables::{ask, optional, version};
use super::{SqliteDatabase, undo};
use crate::error::Result;
use crate::history::columns::FOUND;
use crate::history::{Prior, StatementHashes, Stored, StoredDown};
use crate::version::Version;

/// Reads what is kept of these versions.
pub(super) fn of(database: &SqliteDatabase<'_>, versions: &[Version]) -> Result<Vec<Stored>> {
    let lacks = ask(database, |connection| database.tables.lacks(connection))?;
    let found = if lacks.iter().any(|column| column.name == FOUND) { "NULL" } else { FOUND };
    let sql = format!(
        "SELECT version, statement_hashes, down_sql, down_checksum, verdict, {found} FROM {} WHERE version = ?1",
        database.tables.history
    );
    let read = |connection: &Connection, wanted: &Version| {
        optional(connection.prepare(&sql)?.query_row([wanted.get()], |row| {
            let (sql, checksum): (Option<String>, Option<String>) = (row.get(2)?, row.get(3)?);
            Ok(Stored {
                version: version(row)?,
                hashes: StatementHashes::parse(row.get_ref(1)?.as_str()?),
                down: sql.zip(checksum).map(|(sql, checksum)| StoredDown::new(sql, &checksum)),
                verdict: row.get::<_, Option<String>>(4)?.and_then(|verdict| verdict.parse().ok()),
                found: row.get::<_, Option<String>>(5)?.as_deref().and_then(Prior::parse),
                undo: undo::read(connection, &database.tables.name, *wanted)?,
            })
        }))
    };
    ask(database, |connection| versions.iter().filter_map(|version| read(connection, version).transpose()).collect())
}
