//! The history's tables by name, and how they are asked.

use rusqlite::{Connection, Row};

use super::session::until_free;
use super::{SqliteDatabase, failure};
use crate::error::Result;
use crate::history::{is_images_name, journals_beside};
use crate::sql::Ident;
use crate::version::Version;

/// The history table and its log, by name.
pub(super) struct Tables {
    pub(super) name: String,
    pub(super) history: String,
    pub(super) log: String,
}

impl Tables {
    pub(super) fn new(name: &str) -> Self {
        let log = format!("{name}_log");
        Self { history: format!("main.{}", Ident(name)), log: format!("main.{}", Ident(&log)), name: name.to_owned() }
    }
}

impl Tables {
    /// Whether a table is the history's, a move's or an import's. SQLite takes names for the same whatever their case.
    pub(super) fn is_own(&self, name: &str) -> bool {
        is_own(&self.name, name)
    }
}

/// The history of this name and its log.
pub(super) fn recorded(history: &str) -> [String; 2] {
    [history.to_owned(), format!("{history}_log")]
}

/// Whether a table is one of those that are made for a history of this name.
pub(super) fn is_own(history: &str, name: &str) -> bool {
    own(history).any(|own| own.eq_ignore_ascii_case(name)) || is_images_name(history, name)
}

/// The names of all tables that are there for a history of this name, or may be.
pub(super) fn all_own(connection: &Connection, history: &str) -> rusqlite::Result<Vec<String>> {
    let sql = "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name LIKE '%\\_undo\\_%' ESCAPE '\\'";
    let found: Vec<String> = connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(own(history).chain(found.into_iter().filter(|name| is_images_name(history, name))).collect())
}

/// The names of all tables that are made for a history of this name, but for those with rows of the record.
fn own(history: &str) -> impl Iterator<Item = String> {
    recorded(history).into_iter().chain(journals_beside(history))
}

/// Reads, and waits where another connection has the database locked.
pub(super) fn ask<T>(database: &SqliteDatabase<'_>, read: impl Fn(&Connection) -> rusqlite::Result<T>) -> Result<T> {
    let connection = database.connection();
    until_free(&database.options, || read(connection).map_err(|error| failure::of(error, connection)))
        .map_err(|failure| failure::query(failure, &database.label))
}

pub(super) fn columns(connection: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    connection
        .prepare("SELECT name FROM pragma_table_info(?1, 'main')")?
        .query_map([table], |row| row.get(0))?
        .collect()
}

pub(super) fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<usize> {
    Ok(usize::try_from(row.get::<_, i64>(column)?).unwrap_or(0))
}

pub(super) fn optional<T>(result: rusqlite::Result<T>) -> rusqlite::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(rusqlite::Error::QueryReturnedNoRows) => Ok(None),
        Err(error) => Err(error),
    }
}

pub(super) fn version(row: &Row<'_>) -> rusqlite::Result<Version> {
    let number = row.get(0)?;
    Version::new(number).ok_or(rusqlite::Error::IntegralValueOutOfRange(0, number))
}
