//! What the tests of the library on SQLite share.

#![cfg(feature = "sqlite")]

use schemactl::{Code, Error, Migrations, Options, Report, Target, Version, sqlite};
use schemactl_test_support::rusqlite::Connection;
pub(crate) use schemactl_test_support::sqlite::query;

/// Reads migrations from files, each a name and its text.
pub(crate) fn migrations(files: &[(&str, &str)]) -> Migrations {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    Migrations::read(folder.path()).unwrap()
}

/// Numbered migrations, one for each text.
pub(crate) fn numbered(texts: &[&str]) -> Migrations {
    let names: Vec<String> = (1..=texts.len()).map(|number| format!("V{number:04}__step_{number}.sql")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(String::as_str).zip(texts.iter().copied()).collect();
    migrations(&files)
}

pub(crate) fn version(number: i64) -> Version {
    Version::new(number).unwrap()
}

pub(crate) fn memory() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch("PRAGMA foreign_keys = ON").unwrap();
    connection
}

pub(crate) fn up(connection: &mut Connection, migrations: &Migrations) -> Report {
    sqlite::up(connection, migrations).unwrap_or_else(|error| panic!("{error:#}"))
}

pub(crate) fn up_with(
    connection: &mut Connection,
    migrations: &Migrations,
    options: &Options,
) -> Result<Report, Error> {
    sqlite::up_with(connection, migrations, &Target::Latest, options)
}

/// The error of an `up`, printed for a person to read with `--nocapture`.
#[track_caller]
pub(crate) fn fails(connection: &mut Connection, migrations: &Migrations) -> Error {
    shown(sqlite::up(connection, migrations).expect_err("this up fails"))
}

#[track_caller]
pub(crate) fn fails_with(connection: &mut Connection, migrations: &Migrations, code: Code) -> Error {
    let error = fails(connection, migrations);
    assert_eq!(error.code(), code, "{error:#}");
    error
}

pub(crate) fn shown(error: Error) -> Error {
    println!("{error:#}\n");
    error
}

/// Version, state and progress of every row.
pub(crate) fn history(connection: &Connection) -> String {
    query(connection, "SELECT version, state, statements_done, statements FROM schema_migrations ORDER BY version")
}

pub(crate) fn count(connection: &Connection, table: &str) -> String {
    query(connection, &format!("SELECT count(*) FROM {table}"))
}

pub(crate) fn foreign_keys(connection: &Connection) -> bool {
    query(connection, "PRAGMA foreign_keys") == "1"
}

/// Every clean database is that after a step too.
#[track_caller]
pub(crate) fn assert_clean(connection: &Connection) {
    assert_eq!(query(connection, "PRAGMA foreign_key_check"), "");
    assert_eq!(query(connection, "PRAGMA integrity_check"), "ok");
}
