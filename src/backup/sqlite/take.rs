//! Taking the content of a database.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::check::check;
use crate::backup::partial::Partial;
use crate::backup::task::{BackupRequest, TakenContent};
use crate::backup::{files, gzip};
use crate::config::SqliteLocation;
use crate::database::sqlite::{self, OpenPurpose};
use crate::error::{Code, Error, Result};
use crate::fault;
use crate::interrupt::Interrupt;

/// Pages that are copied at once: in rollback mode a writer waits for so many at most, as long as nobody else writes.
const CHUNK: i32 = 256;

/// How long a lock is waited for.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(2);

/// Takes the content of a database while others work with it.
pub(in crate::backup) async fn take(request: &BackupRequest<'_>, location: &SqliteLocation) -> Result<TakenContent> {
    let SqliteLocation::File { path, .. } = location else {
        return Err(Error::new(
            Code::Usage,
            "a database in memory is gone with its connection: there is nothing to back up",
        ));
    };
    if location.is_missing() {
        return Err(Error::new(Code::Connect, format!("there is no database at {location}: no such file"))
            .with_state("nothing was written")
            .with_hint("`schemactl up` makes it"));
    }
    let source = sqlite::open(location, OpenPurpose::Read)?;
    let bytes = size(&source).map_err(|error| sqlite::of_file(error, format!("{location} cannot be read")))?;
    let folder = &request.settings.folder;
    let copies = if request.settings.compress { 2 } else { 1 };
    files::assert_space_for_backup(folder, bytes.saturating_mul(copies), &location.to_string())?;
    let plain = Partial::new(folder)?;
    copy(&source, plain.path(), request.interrupt)?;
    fault::point("after backup copy");
    let version = check(plain.path(), &request.target.options).await?;
    let database_bytes = std::fs::metadata(plain.path()).map_err(|cause| files::unreadable(plain.path(), cause))?.len();
    let (content, end, compression) = if request.settings.compress {
        let mut packed = Partial::new(folder)?;
        gzip::compress(plain.path(), &mut packed)?;
        (packed, gzip::END, Some(gzip::GZIP.to_owned()))
    } else {
        (plain, "", None)
    };
    Ok(TakenContent {
        content,
        name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        source: path.canonicalize().unwrap_or_else(|_| path.clone()).display().to_string(),
        end: format!(".sqlite{end}"),
        version,
        engine: format!("SQLite {}", rusqlite::version()),
        compression,
        database_bytes: Some(database_bytes),
        postgres: None,
    })
}

fn size(connection: &Connection) -> rusqlite::Result<u64> {
    let number = |pragma: &str| connection.query_row(pragma, [], |row| row.get::<_, i64>(0));
    let bytes = number("PRAGMA page_count")?.saturating_mul(number("PRAGMA page_size")?);
    Ok(u64::try_from(bytes).unwrap_or(u64::MAX))
}

fn copy(source: &Connection, into: &Path, interrupt: &Interrupt) -> Result<()> {
    let failed = |error| sqlite::of_file(error, "the backup could not be written").with_state("nothing was changed");
    let open = || -> rusqlite::Result<Connection> {
        let target = Connection::open(into)?;
        // Nobody else has the file, and nobody looks at it unless it is whole: no journal is needed, and the file is synced once.
        target.pragma_update(None, "journal_mode", "OFF")?;
        target.pragma_update(None, "synchronous", "OFF")?;
        Ok(target)
    };
    let mut target = open().map_err(failed)?;
    if is_in_wal(source).map_err(failed)? {
        // Readers are in nobody's way there: all chunks are of one snapshot.
        hold_snapshot(source).map_err(failed)?;
    }
    copy_pages(source, &mut target, interrupt)
}

fn is_in_wal(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("PRAGMA journal_mode", [], |row| row.get::<_, String>(0)).map(|mode| mode == "wal")
}

fn hold_snapshot(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch("BEGIN; SELECT count(*) FROM sqlite_schema")
}

/// Copies all pages. A commit between two chunks makes SQLite begin again, for ever where somebody writes all the time: from the second
/// beginning on the source is held, and writers in rollback mode wait for the rest of the copy.
fn copy_pages(source: &Connection, target: &mut Connection, interrupt: &Interrupt) -> Result<()> {
    let failed = |error| {
        sqlite::of_file(error, "the pages of the database could not be copied").with_state("nothing was changed")
    };
    let backup = Backup::new(source, target).map_err(failed)?;
    let mut left = i32::MAX;
    let mut since = Instant::now();
    loop {
        if interrupt.is_triggered() {
            return Err(
                Error::new(Code::Interrupted, "interrupted while pages were copied").with_state("nothing was changed")
            );
        }
        match backup.step(CHUNK).map_err(failed)? {
            StepResult::Done => return Ok(()),
            StepResult::More => {
                let now_left = backup.progress().remaining;
                if now_left >= left && source.is_autocommit() {
                    hold_when_free(source, interrupt).map_err(failed)?;
                }
                left = now_left;
                since = Instant::now();
                fault::point("backup chunk");
            }
            _ if since.elapsed() > PATIENCE => return Err(busy("the database stayed locked by another connection")),
            _ => std::thread::sleep(PAUSE),
        }
    }
}

/// As [`hold_snapshot`], where writers leave a gap.
fn hold_when_free(source: &Connection, interrupt: &Interrupt) -> rusqlite::Result<()> {
    let since = Instant::now();
    loop {
        let held = hold_snapshot(source);
        let is_busy =
            matches!(&held, Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy));
        if !is_busy || since.elapsed() > PATIENCE || interrupt.is_triggered() {
            return held;
        }
        // The transaction is open, also where nothing could be read in it.
        source.execute_batch("ROLLBACK")?;
    }
}

fn busy(message: &str) -> Error {
    Error::new(Code::LockTimeout, message)
        .with_state("nothing was changed")
        .with_hint("try again once whoever writes there has ended the transaction")
}
