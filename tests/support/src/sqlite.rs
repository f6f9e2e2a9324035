//! `SQLite` databases in a folder of their own, and assertions about them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::types::ValueRef;

use crate::scratch::Folder;

/// A database file in a folder of its own; the file exists once something is written to it.
#[derive(Debug)]
pub struct TempDatabase {
    folder: Folder,
}

/// Makes a folder for a database.
pub fn temp() -> TempDatabase {
    TempDatabase { folder: Folder::new("s") }
}

impl TempDatabase {
    /// The path of the database file.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("test.db")
    }

    /// The folder that it is in.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Its URL: `sqlite:/tmp/.../test.db`.
    pub fn url(&self) -> String {
        format!("sqlite:{}", self.path().display())
    }

    /// Opens it.
    pub fn open(&self) -> Connection {
        open(&self.path())
    }

    /// Runs a query, and returns its rows: a line each, columns separated by `|`.
    pub fn query(&self, sql: &str) -> String {
        query(&self.open(), sql)
    }

    /// Runs statements.
    pub fn execute(&self, sql: &str) {
        self.open().execute_batch(sql).unwrap_or_else(|error| panic!("{error}\nin: {sql}"));
    }

    /// The schema: see [`schema`].
    pub fn schema(&self) -> String {
        schema(&self.open())
    }

    /// The schema and every row: see [`dump`].
    pub fn dump(&self) -> String {
        dump(&self.open())
    }
}

/// Opens a database file, and makes it where it does not exist.
pub fn open(path: &Path) -> Connection {
    Connection::open(path).unwrap_or_else(|error| panic!("cannot open {}: {error}", path.display()))
}

/// Runs a query, and returns its rows: a line each, columns separated by `|`; NULL is empty, bytes are `x'00ff'`.
pub fn query(connection: &Connection, sql: &str) -> String {
    try_query(connection, sql).unwrap_or_else(|error| panic!("{error}\nin: {sql}"))
}

/// Runs a query, and returns its rows as [`query`] does.
///
/// # Errors
///
/// What `SQLite` says.
pub fn try_query(connection: &Connection, sql: &str) -> rusqlite::Result<String> {
    let mut statement = connection.prepare(sql)?;
    let columns = statement.column_count();
    let mut rows = statement.query([])?;
    let mut lines = Vec::new();
    while let Some(row) = rows.next()? {
        let values = (0..columns).map(|column| row.get_ref(column).map(text)).collect::<rusqlite::Result<Vec<_>>>()?;
        lines.push(values.join("|"));
    }
    Ok(lines.join("\n"))
}

/// The schema as `SQLite` keeps it, in an order that does not depend on how it came to be.
pub fn schema(connection: &Connection) -> String {
    query(connection, "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name, tbl_name")
}

/// The schema, and every row of every table in the order of its values: equal for equal content.
pub fn dump(connection: &Connection) -> String {
    let mut text = schema(connection) + "\n";
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
    for table in query(connection, tables).lines() {
        let _ = writeln!(text, "-- {table}");
        let quoted = table.replace('"', "\"\"");
        let mut rows: Vec<_> =
            query(connection, &format!("SELECT * FROM \"{quoted}\"")).lines().map(str::to_owned).collect();
        rows.sort_unstable();
        text.extend(rows.into_iter().map(|row| row + "\n"));
    }
    text
}

fn text(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => String::new(),
        ValueRef::Integer(value) => value.to_string(),
        // With a point always, so that 1.0 does not look like 1.
        ValueRef::Real(value) => format!("{value:?}"),
        ValueRef::Text(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        ValueRef::Blob(bytes) => {
            let digits = bytes.iter().fold(String::new(), |digits, byte| digits + &format!("{byte:02x}"));
            format!("x'{digits}'")
        }
    }
}
