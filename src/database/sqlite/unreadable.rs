//! Which row of the history cannot be read, and why.

use rusqlite::types::ValueRef;
use rusqlite::{Error, Row};

use crate::hex::Hex;

/// Says of what a row could not be read as: which one, and what its column holds.
pub(super) fn unreadable(error: Error, row: &Row<'_>) -> Error {
    let column = match &error {
        Error::InvalidColumnType(column, ..)
        | Error::FromSqlConversionFailure(column, ..)
        | Error::IntegralValueOutOfRange(column, _) => *column,
        // Text that is not UTF-8: the versions of rusqlite say that differently.
        _ => match (0..row.as_ref().column_count()).find(|column| is_broken(row, *column)) {
            Some(column) => column,
            None => return error,
        },
    };
    let Ok(name) = row.as_ref().column_name(column) else { return error };
    let name = name.split_whitespace().next().unwrap_or_default();
    let name = if column == 8 { "statement_hashes" } else { name };
    let (version, held) = (shown(row, 0), shown(row, column));
    let cause = format!("the row of version {version} cannot be read: its column {name} holds {held}");
    // The column is named in the cause.
    Error::FromSqlConversionFailure(usize::MAX, rusqlite::types::Type::Null, cause.into())
}

fn is_broken(row: &Row<'_>, column: usize) -> bool {
    matches!(row.get_ref(column), Ok(ValueRef::Text(text)) if std::str::from_utf8(text).is_err())
}

fn shown(row: &Row<'_>, column: usize) -> String {
    match row.get_ref(column) {
        Ok(ValueRef::Null) => "NULL".to_owned(),
        Ok(ValueRef::Integer(number)) => number.to_string(),
        Ok(ValueRef::Real(number)) => format!("{number:?}"),
        Ok(ValueRef::Text(text)) => match std::str::from_utf8(text) {
            Ok(text) => format!("{:?}", text.chars().take(LONGEST).collect::<String>()),
            Err(_) => format!("text that is not UTF-8, x'{}'", hex(text)),
        },
        Ok(ValueRef::Blob(bytes)) => format!("x'{}'", hex(bytes)),
        Err(error) => error.to_string(),
    }
}

/// More of a value than this is not shown.
const LONGEST: usize = 64;

fn hex(bytes: &[u8]) -> Hex<'_> {
    Hex(&bytes[..bytes.len().min(LONGEST)])
}
