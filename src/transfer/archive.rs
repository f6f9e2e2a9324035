//! Putting the file of a source away whose rows are on the target for good.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::capture::Capture;
use crate::backup::{FileDigest, digest_of, sync_folder};
use crate::error::{Code, Error, Result};

/// A file that was put away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Archived {
    pub(crate) from: PathBuf,
    pub(crate) to: PathBuf,
    pub(crate) bytes: u64,
    /// In hexadecimal digits.
    pub(crate) sha256: String,
}

const IS_THERE: &str = "the file is where it was";

/// Closes the file of a source in good order, and puts it into a folder under a name with the date, with its checksum beside it.
///
/// # Errors
///
/// Its rows were not moved for good, somebody has it open, it is damaged, or the folder cannot be written. The file is where it was then.
pub(crate) fn archive(
    capture: &Capture,
    mut connection: Connection,
    (from, folder): (&Path, &Path),
    date: &str,
) -> Result<Archived> {
    if !capture.is_finished(&connection)? {
        return Err(Error::new(Code::MoveNotReady, format!("the move of {} has not ended", from.display()))
            .with_cause("nothing in it says that its rows are on PostgreSQL for good")
            .with_state(IS_THERE)
            .with_hint("`schemactl move finish` ends a move, and closes the file for good"));
    }
    close(&mut connection, from)?;
    drop(connection);
    let failed = |what: &str| {
        let what = what.to_owned();
        move |error: io::Error| Error::io(Code::Io, what, error).with_state(IS_THERE)
    };
    fs::create_dir_all(folder).map_err(failed(&format!("{} cannot be made", folder.display())))?;
    let stem = from.file_stem().unwrap_or_default().to_string_lossy();
    let extension = from.extension().map_or_else(String::new, |extension| format!(".{}", extension.to_string_lossy()));
    let to = folder.join(format!("{stem}_{date}{extension}"));
    let digest = File::open(from).and_then(digest_of);
    let FileDigest { bytes, sha256 } = digest.map_err(failed(&format!("{} cannot be read", from.display())))?;
    put(from, &to, &sha256).map_err(failed(&format!("{} cannot be put to {}", from.display(), to.display())))?;
    let name = to.file_name().unwrap_or_default().to_string_lossy();
    let mut beside = to.clone().into_os_string();
    beside.push(".sha256");
    // As `sha256sum --check` reads it.
    fs::write(&beside, format!("{sha256}  {name}\n")).map_err(|error| {
        Error::io(Code::Io, "the checksum cannot be written beside the file", error)
            .with_state(format!("the file is at {}", to.display()))
    })?;
    Ok(Archived { from: from.to_owned(), to, bytes, sha256 })
}

/// All that was written is in the file alone, and nobody else has it open.
fn close(connection: &mut Connection, from: &Path) -> Result<()> {
    let failed = |error: rusqlite::Error| {
        let built = Error::new(Code::Query, format!("{} cannot be closed", from.display()))
            .with_cause(error.to_string())
            .with_state(IS_THERE);
        built.with_hint("an application may have it open: stop it, or have it write to PostgreSQL").with_source(error)
    };
    connection.busy_timeout(std::time::Duration::from_secs(5)).map_err(failed)?;
    let verdict: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)).map_err(failed)?;
    if verdict != "ok" {
        return Err(Error::new(Code::NotADatabase, format!("{} is damaged", from.display()))
            .with_cause(verdict)
            .with_state(IS_THERE)
            .with_hint("its rows are on PostgreSQL; put the file away by hand where you want to keep it"));
    }
    // Neither can be done while somebody else has the file open with a write-ahead log.
    connection
        .execute_batch("PRAGMA locking_mode = exclusive")
        .and_then(|()| connection.query_row("PRAGMA journal_mode = delete", [], |row| row.get::<_, String>(0)))
        .and_then(|_| connection.execute_batch("BEGIN EXCLUSIVE; COMMIT"))
        .map_err(failed)
}

/// Moves a file to where none is. To another file system it is copied, and the copy read again before the file goes.
fn put(from: &Path, to: &Path, sha256: &str) -> io::Result<()> {
    if to.exists() {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, "a file of this name is there"));
    }
    // A link refuses where a file of the name is there, which a rename does not.
    if fs::hard_link(from, to).is_err() {
        let part = to.with_extension("part");
        fs::copy(from, &part)?;
        File::open(&part)?.sync_all()?;
        if digest_of(File::open(&part)?)?.sha256 != sha256 {
            fs::remove_file(&part)?;
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the copy is another one than the file"));
        }
        fs::rename(&part, to)?;
    }
    if let Some(folder) = to.parent() {
        sync_folder(folder)?;
    }
    fs::remove_file(from)
}
