use rusqlite::{Connection, ErrorCode};

use crate::database::{Failure, Met, Why};
use crate::error::{Code, Error, Hint};

/// What an error of SQLite means for a step.
pub(super) fn of(error: rusqlite::Error, connection: &Connection) -> Failure {
    let kind = error.sqlite_error_code();
    let (code, why) = match kind {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => (Code::LockTimeout, Why::Busy),
        Some(ErrorCode::OperationInterrupted) => (Code::Interrupted, Why::Interrupted),
        Some(kind) => (code(kind).unwrap_or(Code::StatementFailed), Why::Final),
        None => (Code::StatementFailed, Why::Final),
    };
    let mut failure = Failure::new(code, cause(&error)).because(why);
    failure.met = met(kind, &failure.cause);
    failure.hints.extend(hint(code, kind, connection).map(Hint::from));
    if code == Code::ReadOnly && is_query_only(connection) {
        failure.code = Code::StatementFailed;
        failure.hints = vec!["`PRAGMA query_only` is on: leave it away".into()];
    }
    failure.source = Some(Box::new(error));
    failure
}

/// An error of one of our own reads.
pub(super) fn query(failure: Failure, label: &str) -> Error {
    let cause = failure.source.as_ref().and_then(|source| source.downcast_ref::<rusqlite::Error>());
    let is_damaged = cause.and_then(rusqlite::Error::sqlite_error_code) == Some(ErrorCode::DatabaseCorrupt);
    let (code, message) = match failure.code {
        Code::NotADatabase if is_damaged => (Code::NotADatabase, format!("{label} is damaged")),
        Code::NotADatabase => (Code::NotADatabase, format!("{label} is not an SQLite database, or is encrypted")),
        Code::ReadOnly => (Code::ReadOnly, format!("{label} cannot be written")),
        Code::DiskFull => (Code::DiskFull, format!("the disk is full, or a limit on the size of {label} is reached")),
        Code::LockTimeout => (Code::LockTimeout, format!("{label} stayed locked by another connection")),
        Code::Connect => (Code::Connect, format!("{label} cannot be opened")),
        Code::Interrupted => (Code::Interrupted, format!("interrupted while reading the history of {label}")),
        _ => (Code::Query, format!("the history of {label} cannot be read")),
    };
    failure.into_error(code, message).with_state("nothing was changed")
}

/// An error of a migration's statement, and the byte in it at which SQLite says that the mistake is.
pub(super) fn of_statement(error: rusqlite::Error, connection: &Connection, sql: &str) -> (Failure, Option<usize>) {
    let (cause, offset) = cut_position(&error, sql);
    // An error that has a position has no code of its own: it is SQLITE_ERROR.
    let kind = error.sqlite_error_code().or(cause.is_some().then_some(ErrorCode::Unknown));
    let mut failure = of(error, connection);
    if let Some(cause) = cause {
        failure.met = met(kind, &cause);
        failure.cause = cause;
    }
    if failure.cause.starts_with("Cannot add a NOT NULL column with default value NULL") {
        failure.hints.push("add the column with a DEFAULT".into());
    }
    (failure, offset)
}

/// SQLite's own words, and the position that `sqlite3_error_offset` gave.
///
/// The variant that holds them, `SqlInputError`, is not in every version of the range of rusqlite that is supported;
/// its `Display` is the message, ` in `, the statement, ` at offset ` and the position.
fn cut_position(error: &rusqlite::Error, sql: &str) -> (Option<String>, Option<usize>) {
    let text = error.to_string();
    let cut = text.rsplit_once(" at offset ").and_then(|(before, offset)| {
        let message = before.strip_suffix(sql)?.strip_suffix(" in ")?;
        Some((message.to_owned(), offset.parse().ok()?))
    });
    cut.unzip()
}

/// SQLite's own words, without the crate's.
pub(super) fn cause(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
        // Of our own statements the text is of no interest.
        other => {
            let text = other.to_string();
            match text.split_once(" in SELECT ") {
                Some((message, _)) => message.to_owned(),
                None => text,
            }
        }
    }
}

/// SQLite has one code for all that is wrong with a statement, so that its words tell: they are the same in every language.
fn met(kind: Option<ErrorCode>, cause: &str) -> Option<Met> {
    const MISSING: [&str; 5] =
        ["no such table: ", "no such column: ", "no such index: ", "no such view: ", "no such trigger: "];
    match kind? {
        ErrorCode::ConstraintViolation if cause.starts_with("UNIQUE constraint failed") => Some(Met::Key),
        ErrorCode::Unknown => {
            // A view or trigger that stands in the way of a change is named before what it lacks.
            let said =
                cause.strip_prefix("error in ").and_then(|more| more.split_once(": ")).map_or(cause, |(_, said)| said);
            let is_present = said.ends_with(" already exists")
                || said.starts_with("there is already ")
                || said.starts_with("duplicate column name: ");
            let is_missing = MISSING.iter().any(|words| said.starts_with(words))
                || said.starts_with("table ") && said.contains(" has no column named ");
            match (is_present, is_missing) {
                (true, _) => Some(Met::Present),
                (_, true) => Some(Met::Missing),
                _ => None,
            }
        }
        _ => None,
    }
}

pub(super) fn code(kind: ErrorCode) -> Option<Code> {
    Some(match kind {
        ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt => Code::NotADatabase,
        ErrorCode::ReadOnly => Code::ReadOnly,
        ErrorCode::DiskFull => Code::DiskFull,
        ErrorCode::CannotOpen => Code::Connect,
        _ => return None,
    })
}

/// An error of what is done with a file as a whole, such as a backup of it.
#[cfg(feature = "project")]
pub(crate) fn of_file(error: rusqlite::Error, message: impl Into<String>) -> Error {
    let code = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Code::LockTimeout,
        Some(ErrorCode::OperationInterrupted) => Code::Interrupted,
        Some(kind) => code(kind).unwrap_or(Code::Query),
        None => Code::Query,
    };
    Error::new(code, message).with_cause(cause(&error)).with_source(error)
}

fn is_query_only(connection: &Connection) -> bool {
    connection.query_row("PRAGMA query_only", [], |row| row.get(0)).unwrap_or(false)
}

fn hint(code: Code, kind: Option<ErrorCode>, connection: &Connection) -> Option<String> {
    let path = connection.path().filter(|path| !path.is_empty()).unwrap_or("the file");
    Some(match code {
        Code::ReadOnly => {
            format!(
                "SQLite writes a journal beside the file: make {path}, its folder, and {path}-wal and {path}-shm where \
                 they exist, writable for this user"
            )
        }
        Code::DiskFull => format!("free space where {path} is; a rebuild of a table needs room for a copy of it"),
        Code::NotADatabase if kind == Some(ErrorCode::DatabaseCorrupt) => {
            format!("restore a backup, or save what can be read: sqlite3 {path} .recover")
        }
        Code::LockTimeout if connection.path().is_some_and(|path| !path.is_empty()) => {
            format!("`fuser -v {path}` lists the processes that have the file open")
        }
        Code::NotADatabase => format!("is the URL right? {path} does not begin as an SQLite file does"),
        _ => return None,
    })
}
