//! What is translated: a database of SQLite, or what the SQLite migrations make where there is no database yet.

use super::super::context::{Context, read as read_folder};
use super::super::runtime;
use super::{ProfiledValues, TranslateEnds};
use crate::config::{Connection, SqliteLocation};
use crate::database::Inspect as _;
use crate::database::sqlite::inspect::SqliteSnapshot;
use crate::database::sqlite::{self, OpenPurpose, SqliteDatabase};
use crate::down::Savepoints as _;
use crate::down::sqlite::SqliteScratch;
use crate::error::{Code, Error, Result};
use crate::prove::made_by;
use crate::transfer::SqliteRows;
use crate::translate::{Profiles, profiles};

/// A schema of SQLite, and its values where they were looked at.
pub(super) struct ReadSource {
    /// How it is called: the file, or the folder of migrations.
    pub(super) name: String,
    pub(super) snapshot: SqliteSnapshot,
    pub(super) profiles: Option<Profiles>,
    pub(super) note: Option<String>,
}

/// Reads what is to be translated.
pub(super) fn read(context: &Context, ends: &TranslateEnds, values: ProfiledValues) -> Result<ReadSource> {
    let Connection::Sqlite(location) = &ends.source.connection else {
        return Err(Error::new(Code::Usage, format!("{} is not a database of SQLite", ends.source.connection))
            .with_hint("`--from app.db` names a file"));
    };
    if location.is_missing() || *location == SqliteLocation::Memory {
        return of_migrations(ends, location);
    }
    let rows = SqliteRows::begin(sqlite::open(location, OpenPurpose::Read)?)?;
    let inspection = runtime::block_on(async {
        SqliteDatabase::borrow(rows.connection(), &ends.source.options).inspection().await
    })?;
    let snapshot = inspection.snapshot;
    let profiles = match values {
        ProfiledValues::All => Some(profiles(rows.connection(), &snapshot, &ends.map, context.interrupt())?),
        ProfiledValues::None => None,
    };
    Ok(ReadSource { name: ends.source.connection.to_string(), snapshot, profiles, note: None })
}

/// What the migrations make on SQLite. No row is there.
fn of_migrations(ends: &TranslateEnds, location: &SqliteLocation) -> Result<ReadSource> {
    let missing = || {
        Error::new(Code::Connect, format!("{location} does not exist, and there are no SQLite migrations either"))
            .with_state("nothing was read, and nothing was written")
            .with_hint("name the file: `--from app.db`, or `url` in schema.toml")
    };
    let folder = &ends.source.migrations;
    if !folder.exists() {
        return Err(missing());
    }
    let migrations = read_folder(folder)?;
    if migrations.is_empty() {
        return Err(missing());
    }
    let snapshot = runtime::block_on(async {
        let mut scratch = SqliteScratch::open_on(ends.source.options.scratch_setup.as_deref())?;
        let made = made_by(&mut scratch, &migrations).await;
        scratch.close().await?;
        made
    })?;
    let snapshot = snapshot.ok_or_else(|| {
        Error::new(Code::Usage, format!("the migrations in {} do not run", folder.display()))
            .with_state("nothing was written")
            .with_hint("`schemactl check --prove` says why")
    })?;
    let note = format!("{location} does not exist: what the migrations make is translated, without values");
    Ok(ReadSource { name: folder.display().to_string(), snapshot, profiles: None, note: Some(note) })
}
