//! Whether a file is a sound database.

use std::path::Path;

use rusqlite::Connection;

use crate::backup::manifest::damaged;
use crate::backup::task::last_version;
use crate::config::Options;
use crate::database::sqlite::{self, SqliteDatabase};
use crate::database::{Detail, Reader as _};
use crate::error::Result;
use crate::version::Version;

/// Whether what a file holds is sound, and its history can be read: the last version in it.
pub(super) async fn check(path: &Path, options: &Options) -> Result<Option<Version>> {
    let connection = sqlite::open_unchanging(path)?;
    let findings =
        integrity(&connection).map_err(|error| damaged("the database cannot be read").with_cause(error.to_string()))?;
    if findings != ["ok"] {
        return Err(
            damaged("the database is damaged: `PRAGMA integrity_check` says so").with_cause(findings.join("; "))
        );
    }
    let mut database = SqliteDatabase::own(connection, options);
    Ok(last_version(&database.history(Detail::All).await?))
}

fn integrity(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare("PRAGMA integrity_check(5)")?;
    statement.query_map([], |row| row.get(0))?.collect()
}
