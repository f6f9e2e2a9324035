//! What is kept of the rows that migrations changed.

use rusqlite::Connection;

use super::{block_on, by_url, existing};
use crate::config::Options;
use crate::database::sqlite::{OpenPurpose, SqliteDatabase};
use crate::error::Result;
use crate::history::KeptRows;
use crate::run::{self, PurgeRequest};

/// Returns what is kept of the rows that migrations changed, so that [`down`](super::down) puts them back, as `schemactl undo list` shows it. Reads only, and
/// none of the rows.
///
/// ```
/// use schemactl::{KeptState, Migrations, Options, sqlite};
///
/// # let folder = std::env::temp_dir().join(format!("schemactl-doc-kept-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # std::fs::write(folder.join("V1__role.sql"), "CREATE TABLE role (name text PRIMARY KEY);")?;
/// # std::fs::write(folder.join("V2__admin.sql"), "INSERT INTO role VALUES ('admin');")?;
/// let migrations = Migrations::read(&folder)?;
/// let mut connection = rusqlite::Connection::open_in_memory()?;
/// sqlite::up(&mut connection, &migrations)?;
/// let kept = sqlite::kept(&connection, &Options::new())?;
/// assert_eq!((kept[0].version.get(), kept[0].state, kept[0].rows), (2, KeptState::Kept, 1));
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Where the index cannot be read.
pub fn kept(connection: &Connection, options: &Options) -> Result<Vec<KeptRows>> {
    let mut database = SqliteDatabase::borrow(connection, options);
    block_on(run::kept(&mut database))
}

/// As [`kept`], in the database that a URL names. A file that is missing stays missing.
///
/// ```
/// use schemactl::{Options, sqlite};
///
/// assert!(sqlite::kept_url("sqlite:not-there-yet.db", &Options::new())?.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`kept`], and where the file cannot be opened.
pub fn kept_url(url: &str, options: &Options) -> Result<Vec<KeptRows>> {
    let mut database = by_url(url, OpenPurpose::Read, options)?;
    block_on(run::kept(&mut database))
}

/// Takes away what is kept, and returns what that was: [`down`](super::down) does not put it back any more. The rows of the tables themselves stay as they are. All of it is
/// done or nothing, and each version has a line in the log.
///
/// ```
/// use schemactl::{KeptState, Migrations, Options, PurgeRequest, sqlite};
///
/// # let folder = std::env::temp_dir().join(format!("schemactl-doc-purge-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # std::fs::write(folder.join("V1__role.sql"), "CREATE TABLE role (name text PRIMARY KEY);")?;
/// # std::fs::write(folder.join("V2__admin.sql"), "INSERT INTO role VALUES ('admin');")?;
/// let migrations = Migrations::read(&folder)?;
/// let mut connection = rusqlite::Connection::open_in_memory()?;
/// sqlite::up(&mut connection, &migrations)?;
/// let purged = sqlite::purge(&mut connection, &[PurgeRequest::All], &Options::new())?;
/// assert_eq!(purged.len(), 1);
/// assert_eq!(sqlite::kept(&connection, &Options::new())?[0].state, KeptState::Purged);
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A version that is not applied and of which nothing is kept, and where the index cannot be read or written. Then nothing was purged.
pub fn purge(connection: &mut Connection, requests: &[PurgeRequest], options: &Options) -> Result<Vec<KeptRows>> {
    let mut database = SqliteDatabase::borrow(connection, options);
    block_on(run::purge(&mut database, requests))
}

/// As [`purge`], in the database that a URL names. A file that is missing stays missing: nothing is kept in it.
///
/// ```
/// use schemactl::{Options, PurgeRequest, sqlite};
///
/// assert!(sqlite::purge_url("sqlite:not-there-yet.db", &[PurgeRequest::Expired], &Options::new())?.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`purge`], and where the file cannot be opened.
pub fn purge_url(url: &str, requests: &[PurgeRequest], options: &Options) -> Result<Vec<KeptRows>> {
    let mut database = existing(url, options)?;
    block_on(run::purge(&mut database, requests))
}
