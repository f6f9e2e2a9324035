//! What is in the way of a first run.

use rusqlite::Connection;

use super::SqliteDatabase;
use super::tables::columns;
use super::tables::{Tables, ask};
use crate::error::Result;
use crate::history::{marks, migrator};
use crate::plan::{Among, Obstacle, Sought};
use crate::sql::Ident;

pub(super) fn obstacle(database: &SqliteDatabase<'_>, sought: &Sought) -> Result<Option<Obstacle>> {
    ask(database, |connection| find(connection, &database.tables, sought))
}

fn find(connection: &Connection, tables: &Tables, sought: &Sought) -> rusqlite::Result<Option<Obstacle>> {
    let there = there(connection, tables)?;
    if sought.among == Among::All {
        if there.is_empty() || tables.were_used(connection)? {
            return Ok(None);
        }
        if let Some(found) = other_tool(connection, &there)? {
            return Ok(Some(found));
        }
    }
    let is_there = |name: &str| there.iter().any(|table| table.eq_ignore_ascii_case(name));
    let is_main = |schema: Option<&str>| schema.is_none_or(|schema| schema.eq_ignore_ascii_case("main"));
    let mut made = sought
        .tables
        .iter()
        .enumerate()
        .filter(|(_, table)| is_main(table.name.schema.as_deref()) && is_there(&table.name.name));
    if let Some((table, _)) = made.next() {
        return Ok(Some(Obstacle::Made { table, others: made.count() }));
    }
    if sought.among == Among::Tables {
        return Ok(None);
    }
    let user_version: i64 = connection.query_row("PRAGMA main.user_version", [], |row| row.get(0))?;
    Ok((user_version != 0).then_some(Obstacle::Counted { user_version }))
}

/// The tables and views of the file, but for the history.
fn there(connection: &Connection, tables: &Tables) -> rusqlite::Result<Vec<String>> {
    let sql = "SELECT name FROM main.sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
               ORDER BY name";
    let names: Vec<String> =
        connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    Ok(names.into_iter().filter(|name| !tables.is_own(name)).collect())
}

fn other_tool(connection: &Connection, tables: &[String]) -> rusqlite::Result<Option<Obstacle>> {
    let marks = marks();
    for table in tables {
        let columns = columns(connection, table)?;
        if !columns.iter().any(|column| marks.contains(column.to_lowercase().as_str())) {
            continue;
        }
        let Some(by) = migrator(table, &columns) else { continue };
        let counts = by.counts.unwrap_or("1");
        let sql = format!("SELECT EXISTS (SELECT 1 FROM main.{} WHERE {counts})", Ident(table));
        if connection.query_row(&sql, [], |row| row.get(0))? {
            return Ok(Some(Obstacle::Migrated { by, table: table.clone() }));
        }
    }
    Ok(None)
}
