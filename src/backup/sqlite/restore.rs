//! Putting a backup back.

use std::fs::File;
use std::io;
use std::path::Path;

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::check::check;
use crate::backup::manifest::damaged;
use crate::backup::partial::Partial;
use crate::backup::task::{Replace, RestoreRequest, Restored, wrong_version};
use crate::backup::{files, gzip};
use crate::config::{Access, SqliteLocation};
use crate::database::sqlite::{self, OpenPurpose};
use crate::error::{Code, Error, Result};
use crate::fault;
use crate::interrupt::Interrupt;
use crate::version::Version;

/// Pages that are copied between two looks whether the user wants to stop.
const CHUNK: i32 = 256;

/// Puts a backup back: as a new file, or, where that is asked for, in place of what a database holds.
pub(in crate::backup) async fn restore(request: &RestoreRequest<'_>, location: &SqliteLocation) -> Result<Restored> {
    let SqliteLocation::File { path, .. } = location else {
        return Err(Error::new(Code::Usage, "a database in memory is gone with the command")
            .with_hint("name a file: `--into new.db`"));
    };
    let is_there = assert_place(path, request)?;
    let folder = files::folder_of(path);
    let bytes = request.manifest.database_bytes.unwrap_or(request.manifest.bytes);
    // What is replaced stays in the journal until the end.
    let copies = if is_there { 3 } else { 1 };
    files::assert_space(&folder, bytes.saturating_mul(copies), &format!("{} as a database", request.backup.display()))
        .map_err(|error| error.with_hint("make space there, or name a file elsewhere: `--into FOLDER/new.db`"))?;
    let mut partial = Partial::new(&folder)?;
    unpack(request, &mut partial)?;
    fault::point("after restore copy");
    let version = check(partial.path(), &request.target.options).await?;
    if version.map(Version::get) != request.manifest.version {
        return Err(wrong_version(request, version));
    }
    if is_there {
        replace(partial.path(), path, request.interrupt)?;
    } else {
        partial.publish(path)?.or_taken(path)?;
    }
    fault::point("after restore");
    Ok(Restored { into: path.display().to_string(), version, replaced: is_there, notes: Vec::new() })
}

/// Whether there is a database, which may be replaced.
fn assert_place(path: &Path, request: &RestoreRequest<'_>) -> Result<bool> {
    let shown = path.display();
    let is_there = path.try_exists().map_err(|cause| files::unreadable(path, cause))?;
    if !is_there {
        let left: Vec<String> = ["-wal", "-journal"]
            .iter()
            .map(|end| format!("{shown}{end}"))
            .filter(|name| Path::new(name).exists())
            .collect();
        if let [left, ..] = &left[..] {
            return Err(Error::new(Code::TargetExists, format!("{left} is of a database {shown} that is not there"))
                .with_cause("SQLite would read it as a part of the database that is restored")
                .with_state("nothing was changed")
                .with_hint(format!("move it away first: mv {left} {left}.old")));
        }
    }
    if is_there && request.replace == Replace::No {
        return Err(Error::new(Code::TargetExists, format!("{shown} is there already"))
            .with_state("nothing was changed")
            .with_hint("restore it beside: `--into new.db`")
            .with_hint("or, to lose what is in it now: `--replace`"));
    }
    Ok(is_there)
}

fn unpack(request: &RestoreRequest<'_>, partial: &mut Partial) -> Result<()> {
    let path = partial.path().to_owned();
    let copied = match request.manifest.compression.as_deref() {
        None => File::open(&request.backup).and_then(|mut from| io::copy(&mut from, partial.file())),
        Some(gzip::GZIP) => gzip::decompress(&request.backup, partial.file()),
        Some(other) => {
            return Err(damaged(format!("{} is compressed by {other}, which is not known", request.backup.display())));
        }
    };
    copied.map_err(|cause| files::unwritable(&path, cause))?;
    partial.file().sync_all().map_err(|cause| files::unwritable(&path, cause))
}

/// Makes a database hold what another file does, in one transaction of SQLite: whoever dies meanwhile, it is the old one or the new one. The file
/// stays the same, with its owner and its rights, so that nobody goes on writing into one that has no name any more.
fn replace(with: &Path, path: &Path, interrupt: &Interrupt) -> Result<()> {
    let shown = path.display();
    let location = SqliteLocation::File { path: path.to_owned(), access: Access::ReadWrite };
    let unusable = |error: rusqlite::Error| match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => in_use(path),
        Some(rusqlite::ErrorCode::NotADatabase | rusqlite::ErrorCode::DatabaseCorrupt) => sqlite::of_file(
            error,
            format!("{shown} cannot be replaced: it is no database, or a damaged one"),
        )
        .with_state("nothing was changed")
        .with_hint(format!(
            "move it away, with {shown}-wal and {shown}-journal where they are there, and restore without `--replace`"
        )),
        _ => sqlite::of_file(error, format!("{shown} cannot be replaced")).with_state("it is as it was"),
    };
    let source = sqlite::open_unchanging(with)?;
    let mut target = sqlite::open(&location, OpenPurpose::Change)?;
    let mode: String = target.query_row("PRAGMA journal_mode", [], |row| row.get(0)).map_err(unusable)?;
    alone(&target).map_err(unusable)?;
    fault::point("before restore replace");
    copy_into(&source, &mut target, interrupt).map_err(|error| {
        // Of the old content the mode is a part too; of a kill it is all that is left.
        let _ = target.query_row(&format!("PRAGMA journal_mode = {mode}"), [], |_| Ok(()));
        match error {
            ReplaceEnd::Failed(error) => unusable(error),
            ReplaceEnd::Interrupted => Error::new(Code::Interrupted, format!("interrupted while {shown} was replaced"))
                .with_state("it is as it was"),
        }
    })
}

/// Keeps everybody else out for as long as the connection lives. In WAL mode each connection is in the way of that, in rollback mode
/// those that are in a transaction: others hold nothing of the file, and find the new content at their next statement.
fn alone(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "busy_timeout", 1_000)?;
    connection.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))?;
    connection.query_row("PRAGMA locking_mode = EXCLUSIVE", [], |_| Ok(()))?;
    connection.execute_batch("BEGIN EXCLUSIVE; COMMIT")
}

enum ReplaceEnd {
    Failed(rusqlite::Error),
    Interrupted,
}

fn copy_into(source: &Connection, target: &mut Connection, interrupt: &Interrupt) -> Result<(), ReplaceEnd> {
    let backup = Backup::new(source, target).map_err(ReplaceEnd::Failed)?;
    loop {
        if interrupt.is_triggered() {
            return Err(ReplaceEnd::Interrupted);
        }
        match backup.step(CHUNK).map_err(ReplaceEnd::Failed)? {
            StepResult::Done => return Ok(()),
            // Nobody else has either file.
            _ => fault::point("restore chunk"),
        }
    }
}

fn in_use(path: &Path) -> Error {
    Error::new(Code::DatabaseInUse, format!("{} is in use", path.display()))
        .with_cause("another connection has it open, or is in a transaction")
        .with_state("nothing was changed")
        .with_hint("stop what uses it, and try again")
        .with_hint("or restore it beside: `--into new.db`")
}
