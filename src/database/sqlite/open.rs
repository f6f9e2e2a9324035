use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::failure;
use crate::config::{Access, SqliteLocation};
use crate::error::{Code, Error, Hint, Result, Setting};

/// SQLite 3.35, the oldest that is supported, as `sqlite3_libversion_number` has it.
const OLDEST: i32 = 3_035_000;

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OpenPurpose {
    /// To read: a file that is missing is an empty database, and stays missing.
    Read,
    /// To change: a file that is missing is created, where the URL allows it.
    Change,
}

/// Opens a database by its location.
pub(crate) fn open(location: &SqliteLocation, purpose: OpenPurpose) -> Result<Connection> {
    assert_version()?;
    if let (SqliteLocation::File { path, .. }, OpenPurpose::Read) = (location, purpose)
        && is_write_protected(path)
        && let Some(immutable) = immutable(path)
    {
        return Ok(immutable);
    }
    let connection = match (location, purpose) {
        (SqliteLocation::Memory, _) => Connection::open_in_memory(),
        (SqliteLocation::File { path, .. }, OpenPurpose::Read) if is_missing(path) => Connection::open_in_memory(),
        (SqliteLocation::File { path, access }, purpose) => {
            assert_file(path)?;
            Connection::open_with_flags(path, flags(*access, purpose))
        }
    };
    let connection = connection.map_err(|error| cannot_open(error, location))?;
    let is_logged = matches!(location, SqliteLocation::File { path, .. } if is_used(path, "-wal"));
    if purpose == OpenPurpose::Read && is_logged {
        // Closing must not move the write-ahead log into the file: reading does not write. Where there was no log, closing
        // removes the one that opening makes: left there, it would belong to whoever only looked.
        connection
            .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)
            .map_err(|error| cannot_open(error, location))?;
    }
    // The drivers differ in their default; an application that relies on enforcement has it on.
    connection.pragma_update(None, "foreign_keys", true).map_err(|error| cannot_open(error, location))?;
    if let (SqliteLocation::File { path, .. }, OpenPurpose::Read) = (location, purpose)
        && !is_readable(&connection)
        && let Some(immutable) = immutable(path)
    {
        return Ok(immutable);
    }
    Ok(connection)
}

fn is_missing(path: &Path) -> bool {
    // A file whose folder cannot be read is not missing: opening it tells why.
    matches!(path.try_exists(), Ok(false))
        && path.parent().is_none_or(|folder| folder.as_os_str().is_empty() || folder.is_dir())
}

/// Reading a protected file in WAL mode would leave a log and an index beside it that are protected too, and that keep
/// everybody from writing once the file itself is writable again.
fn is_write_protected(path: &Path) -> bool {
    path.metadata().is_ok_and(|file| file.is_file() && file.permissions().readonly())
}

fn assert_file(path: &Path) -> Result<()> {
    if path.is_dir() {
        return Err(Error::new(Code::Connect, format!("{} is a folder, not a database file", path.display()))
            .with_state("nothing was changed")
            .with_hint(Hint::from("name the file in it: ").setting(Setting::URL)));
    }
    Ok(())
}

/// Read and write even to read: only so can SQLite roll back what a killed writer left half done.
fn flags(access: Access, purpose: OpenPurpose) -> OpenFlags {
    let access = match (access, purpose) {
        (Access::ReadOnly, _) => OpenFlags::SQLITE_OPEN_READ_ONLY,
        (Access::Create, OpenPurpose::Change) => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
        (Access::Create | Access::ReadWrite, _) => OpenFlags::SQLITE_OPEN_READ_WRITE,
    };
    access | OpenFlags::SQLITE_OPEN_NO_MUTEX
}

fn is_readable(connection: &Connection) -> bool {
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())).is_ok()
}

/// Whether the log or journal beside the file holds something.
fn is_used(path: &Path, end: &str) -> bool {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(end);
    path.with_file_name(name).metadata().is_ok_and(|log| log.len() > 0)
}

/// A database in WAL mode needs to write an index beside the file even to be read. In a folder that cannot be written,
/// and without a log that would be overlooked, the file can be read as it is
/// (<https://www.sqlite.org/wal.html#readonly>).
fn immutable(path: &Path) -> Option<Connection> {
    if is_used(path, "-wal") || is_used(path, "-journal") {
        return None;
    }
    as_it_is(path)?.ok().filter(is_readable)
}

/// Opens a file that nobody else knows of: it is read as it is, and nothing is made beside it.
#[cfg(feature = "project")]
pub(crate) fn open_unchanging(path: &Path) -> Result<Connection> {
    let location = SqliteLocation::File { path: path.to_owned(), access: Access::ReadOnly };
    match as_it_is(path) {
        Some(opened) => opened.map_err(|error| cannot_open(error, &location)),
        None => open(&location, OpenPurpose::Read),
    }
}

/// None for a path that no URI can have.
fn as_it_is(path: &Path) -> Option<rusqlite::Result<Connection>> {
    let escaped = path.to_str()?.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Some(Connection::open_with_flags(format!("file:{escaped}?immutable=1"), flags))
}

fn assert_version() -> Result<()> {
    if rusqlite::version_number() >= OLDEST {
        return Ok(());
    }
    Err(Error::new(Code::ServerVersion, format!("SQLite 3.35 or newer is needed, this is {}", rusqlite::version()))
        .with_hint("build with the feature `bundled`, which brings its own"))
}

fn cannot_open(error: rusqlite::Error, location: &SqliteLocation) -> Error {
    let code = error.sqlite_error_code().and_then(failure::code).unwrap_or(Code::Connect);
    let built = Error::new(code, format!("database {location} cannot be opened"))
        .with_cause(failure::cause(&error))
        .with_state("nothing was changed");
    let built = match location {
        SqliteLocation::File { path, access } => match (path.parent(), access) {
            (Some(folder), _) if !folder.as_os_str().is_empty() && !folder.exists() => {
                built.with_hint(format!("create the folder first: mkdir -p {}", folder.display()))
            }
            (_, Access::ReadWrite) if !path.exists() => {
                built.with_hint("the file does not exist, and mode=rw does not create it")
            }
            _ => built.with_hint(format!("may this user read and write {} and its folder?", path.display())),
        },
        SqliteLocation::Memory => built,
    };
    built.with_source(error)
}
