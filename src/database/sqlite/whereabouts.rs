//! Which history this is about, and which others the file has.

use rusqlite::Connection;

use super::SqliteDatabase;
use super::tables::{ask, columns};
use crate::error::{Result, Setting};
use crate::history::{OURS, OtherHistory, Whereabouts};

pub(super) fn of(database: &SqliteDatabase<'_>) -> Result<Whereabouts> {
    let table = &database.tables.name;
    let others = ask(database, |connection| others(connection, table))?;
    Ok(Whereabouts {
        database: database.label.clone(),
        table: table.clone(),
        keys: vec![Setting::NAMED_TABLE],
        url_from: database.options.url_from.clone(),
        others: others
            .into_iter()
            // A string of TOML has the escapes of one of Rust for what a name may have.
            .map(|name| OtherHistory { setting: format!("table = {name:?}"), path: None, name })
            .collect(),
    })
}

/// Other tables with the columns of a history.
fn others(connection: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    let sql = "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND lower(name) <> lower(?1) ORDER BY name";
    let names: Vec<String> =
        connection.prepare(sql)?.query_map([table], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let mut others = Vec::new();
    for name in names {
        let columns = columns(connection, &name)?;
        if OURS.iter().all(|ours| columns.iter().any(|column| column == ours)) {
            others.push(name);
        }
    }
    Ok(others)
}
