//! Errors of SQLite in a scratch database.

use crate::error::{Code, Error};

/// It cannot be used: the error is none of a script.
pub(super) fn of(error: rusqlite::Error, what: &str) -> Error {
    Error::new(Code::Query, format!("{what} cannot be used")).with_cause(error.to_string()).with_source(error)
}
