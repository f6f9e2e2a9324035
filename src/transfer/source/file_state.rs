//! What a file of SQLite is at a moment: two that are the same were not written in between.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use crate::error::{Code, Error, Result};
use crate::hex::Hex;

/// Bytes of the header of the log, and of each frame in it (<https://www.sqlite.org/fileformat.html#walformat>).
const LOG_HEADER: usize = 32;
const FRAME_HEADER: usize = 24;

/// The state of a database's file and its write-ahead log, as a text to be compared.
///
/// A commit with a rollback journal counts up the change counter in the header of the file. One with a write-ahead log appends frames, of which
/// the last has a checksum over all that the log has; once a checkpoint has written them to the file, only its time of modification tells. A
/// checkpoint counts as a write, since what it has written may not be what was read.
///
/// # Errors
///
/// The file cannot be read.
pub(crate) fn file_state(path: &Path) -> Result<String> {
    let read = || -> io::Result<String> {
        let mut header = [0; 100];
        let mut file = File::open(path)?;
        let metadata = file.metadata()?;
        let modified = metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        let read = read_up_to(&mut file, &mut header)?;
        // The change counter, the pages, the schema cookie.
        let parts = [24..32, 40..44].map(|part| Hex(header[..read].get(part).unwrap_or_default()).to_string());
        Ok(format!("{} {modified} {} {}", metadata.len(), parts.join(" "), log_state(&log_of(path))?))
    };
    read().map_err(|error| {
        Error::io(Code::Query, format!("{} cannot be read", path.display()), error).with_state("nothing was written")
    })
}

fn log_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    PathBuf::from(name)
}

/// The salts of a log, and the checksum of the last frame that commits.
fn log_state(path: &Path) -> io::Result<String> {
    let mut file = match File::open(path) {
        Ok(file) => io::BufReader::with_capacity(FRAME_HEADER, file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok("-".to_owned()),
        Err(error) => return Err(error),
    };
    let mut header = [0; LOG_HEADER];
    if read_up_to(&mut file, &mut header)? < LOG_HEADER {
        return Ok("-".to_owned());
    }
    let page = u32::from_be_bytes([header[8], header[9], header[10], header[11]]);
    let salts = &header[16..24];
    let mut last = None;
    let mut frame = [0; FRAME_HEADER];
    while read_up_to(&mut file, &mut frame)? == FRAME_HEADER && frame[8..16] == *salts {
        // Of a frame that ends a transaction the size of the database is told.
        if frame[4..8] != [0; 4] {
            last = Some(Hex(&frame[16..24]).to_string());
        }
        file.seek_relative(i64::from(page))?;
    }
    Ok(last.map_or_else(|| "-".to_owned(), |checksum| format!("{} {checksum}", Hex(salts))))
}

/// Reads as much as there is.
fn read_up_to(file: &mut impl io::Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read(&mut buffer[filled..])? {
            0 => break,
            read => filled += read,
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::Connection;

    fn written(mode: &str) -> (tempfile::TempDir, PathBuf, Connection) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.db");
        let connection = Connection::open(&path).unwrap();
        connection.pragma_update(None, "journal_mode", mode).unwrap();
        connection.execute_batch("CREATE TABLE t (x); INSERT INTO t VALUES (1)").unwrap();
        (folder, path, connection)
    }

    #[test]
    fn each_commit_makes_another_state_and_a_read_none() {
        for mode in ["wal", "delete", "truncate", "persist"] {
            let (_folder, path, connection) = written(mode);
            let mut states = vec![file_state(&path).unwrap()];
            for value in 0..20 {
                let rows: i64 = connection.query_row("SELECT count(*) FROM t", [], |row| row.get(0)).unwrap();
                assert_eq!(rows, value + 1);
                assert_eq!(file_state(&path).unwrap(), states[states.len() - 1], "{mode}: a read");
                connection.execute("INSERT INTO t VALUES (?1)", [value]).unwrap();
                states.push(file_state(&path).unwrap());
            }
            let before = states.len();
            states.sort();
            states.dedup();
            assert_eq!(states.len(), before, "{mode}");
            let state = file_state(&path).unwrap();
            connection.execute_batch("BEGIN; INSERT INTO t VALUES (7); ROLLBACK").unwrap();
            assert_eq!(file_state(&path).unwrap(), state, "{mode}: what was rolled back");
        }
    }

    #[test]
    fn a_write_whose_log_is_gone_is_another_state() {
        let (_folder, path, connection) = written("wal");
        drop(connection);
        let state = file_state(&path).unwrap();
        assert!(state.ends_with(" -"), "there is no log: {state}");
        // The header of the file does not tell of it.
        Connection::open(&path).unwrap().execute_batch("UPDATE t SET x = 2").unwrap();
        let then = file_state(&path).unwrap();
        assert!(then.ends_with(" -") && then != state, "{then}");
    }

    #[test]
    fn a_log_that_begins_anew_is_another_state() {
        let (_folder, path, connection) = written("wal");
        connection.execute_batch("PRAGMA wal_checkpoint(RESTART); INSERT INTO t VALUES (2)").unwrap();
        let state = file_state(&path).unwrap();
        connection.execute_batch("PRAGMA wal_checkpoint(RESTART); INSERT INTO t VALUES (2)").unwrap();
        assert_ne!(file_state(&path).unwrap(), state);
    }
}
