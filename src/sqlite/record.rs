//! What is changed in the history alone.

use rusqlite::Connection;

use super::block_on;
use crate::config::{Options, SqliteLocation};
use crate::database::sqlite::{OpenPurpose, SqliteDatabase, open};
use crate::error::{Code, Error, Result};
use crate::plan::RepairRequest;
use crate::run::{self, Repaired};
use crate::source::Migrations;
use crate::version::Version;

/// Records every migration up to `last` that has no record as there already, and returns these: for a database whose tables are older than
/// its history. No migration is run, and nothing is compared; `schemactl diff` tells what differs.
///
/// ```
/// use schemactl::{Migrations, Options, Version, sqlite};
///
/// let migrations = Migrations::read("migrations/sqlite/agent_platform")?;
/// let mut connection = rusqlite::Connection::open_in_memory()?;
/// let last = Version::new(1).expect("it is above 0");
/// assert_eq!(sqlite::baseline(&mut connection, &migrations, last, &Options::new())?.len(), 1);
/// let status = sqlite::status(&connection, &migrations, &Options::new())?;
/// assert_eq!(status.to_string(), "1 baseline, 1 pending");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A version that the files do not have, and where the history cannot be read or written.
pub fn baseline(
    connection: &mut Connection,
    migrations: &Migrations,
    last: Version,
    options: &Options,
) -> Result<Vec<Repaired>> {
    repair(connection, migrations, &[RepairRequest::Baseline(last)], options)
}

/// As [`baseline`], in the database that a URL names, which must be there.
///
/// ```
/// use schemactl::{Migrations, Options, Version, sqlite};
///
/// # let folder = std::env::temp_dir().join(format!("schemactl-doc-baseline-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let url = format!("sqlite:{}", folder.join("app.db").display());
/// # rusqlite::Connection::open(folder.join("app.db"))?.execute_batch("CREATE TABLE old (id);")?;
/// let migrations = Migrations::read("migrations/sqlite/agent_platform")?;
/// let last = Version::new(2).expect("it is above 0");
/// assert_eq!(sqlite::baseline_url(&url, &migrations, last, &Options::new())?.len(), 2); // "sqlite:app.db"
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`baseline`], and where the file is missing or cannot be opened.
pub fn baseline_url(url: &str, migrations: &Migrations, last: Version, options: &Options) -> Result<Vec<Repaired>> {
    repair_url(url, migrations, &[RepairRequest::Baseline(last)], options)
}

/// Puts the history right, as `schemactl repair` does, and returns what was changed: for an application that has nobody to type it.
/// Migrations are never run. All changes are made or none, and each has a line in the log.
///
/// ```
/// use schemactl::{Migrations, Options, RepairRequest, Version, sqlite};
///
/// let migrations = Migrations::read("migrations/sqlite/agent_platform")?;
/// let mut connection = rusqlite::Connection::open_in_memory()?;
/// // The tables are there already: nothing is run for them.
/// let last = Version::new(1).expect("it is above 0");
/// let changes = sqlite::repair(&mut connection, &migrations, &[RepairRequest::Baseline(last)], &Options::new())?;
/// assert_eq!(changes.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A version that neither the files nor the history have, and where the history cannot be read or written.
pub fn repair(
    connection: &mut Connection,
    migrations: &Migrations,
    requests: &[RepairRequest],
    options: &Options,
) -> Result<Vec<Repaired>> {
    let mut database = SqliteDatabase::borrow(connection, options);
    block_on(run::repair(&mut database, migrations, requests))
}

/// As [`repair`], in the database that a URL names, which must be there.
///
/// ```
/// use schemactl::{Migrations, Options, RepairRequest, sqlite};
///
/// # let folder = std::env::temp_dir().join(format!("schemactl-doc-repair-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let url = format!("sqlite:{}", folder.join("app.db").display());
/// let migrations = Migrations::read("migrations/sqlite/agent_platform")?;
/// sqlite::up_url(&url, &migrations, &Options::new())?; // "sqlite:app.db"
/// assert!(sqlite::repair_url(&url, &migrations, &[RepairRequest::Checksums], &Options::new())?.is_empty());
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`repair`], and where the file is missing or cannot be opened.
pub fn repair_url(
    url: &str,
    migrations: &Migrations,
    requests: &[RepairRequest],
    options: &Options,
) -> Result<Vec<Repaired>> {
    let location = SqliteLocation::parse(url)?;
    if location.is_missing() {
        return Err(Error::new(Code::Connect, format!("there is no database {location}"))
            .with_state("nothing was changed")
            .with_hint("`up` makes it"));
    }
    let mut database = SqliteDatabase::own(open(&location, OpenPurpose::Change)?, options);
    block_on(run::repair(&mut database, migrations, requests))
}
