//! What is read of a database of SQLite beside its schema: the values of its columns, counted in one scan, and what it stores for defaults.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::default::is_constant;
use super::draft::stays;
use super::profile::{ColumnCounter, Profiles};
use crate::config::Map;
use crate::convert::OwnedStored;
use crate::database::sqlite::inspect::{ColumnDefinition, SqliteSnapshot, TableEntry};
use crate::error::{Code, Error, Result};
use crate::interrupt::Interrupt;
use crate::sql::{Ident, Plain};
use crate::transfer::{MergedRules, stored};

/// Every so many rows it is asked whether to go on.
const ROWS_BETWEEN_LOOKS: u64 = 4096;

/// Counts the values of all columns that are translated.
///
/// # Errors
/// A table cannot be read, or the user stopped it.
pub(crate) fn profiles(
    connection: &Connection,
    snapshot: &SqliteSnapshot,
    map: &Map,
    interrupt: &Interrupt,
) -> Result<Profiles> {
    let mut rules = MergedRules::new(&map.convert, &map.section);
    let mut profiles = Profiles::new();
    for entry in snapshot.tables.iter().filter(|entry| !stays(map, &[&entry.name])) {
        profile(connection, entry, &mut rules, interrupt, &mut profiles)?;
    }
    Ok(profiles)
}

fn profile(
    connection: &Connection,
    entry: &TableEntry,
    rules: &mut MergedRules<'_>,
    interrupt: &Interrupt,
    profiles: &mut Profiles,
) -> Result<()> {
    let failed = |error: rusqlite::Error| {
        Error::new(Code::Query, format!("table {} cannot be read", Plain(&entry.name)))
            .with_cause(error.to_string())
            .with_state("nothing was written")
            .with_source(error)
    };
    let columns: Vec<&ColumnDefinition> = entry.table.columns.iter().filter(|column| !column.is_generated()).collect();
    let mut counters: Vec<ColumnCounter> = columns
        .iter()
        .map(|column| ColumnCounter::new(&column.name, &column.datatype, &rules.of(&entry.name, &column.name).0))
        .collect();
    let listed: Vec<String> = columns.iter().map(|column| Ident(&column.name).to_string()).collect();
    let select = format!("SELECT {} FROM main.{}", listed.join(", "), Ident(&entry.name));
    let mut statement = connection.prepare(&select).map_err(failed)?;
    let mut rows = statement.query([]).map_err(failed)?;
    let mut count: u64 = 0;
    while let Some(row) = rows.next().map_err(failed)? {
        if count.is_multiple_of(ROWS_BETWEEN_LOOKS) {
            refuse_interrupted(interrupt)?;
        }
        count += 1;
        for (at, counter) in counters.iter_mut().enumerate() {
            counter.count(stored(row.get_ref(at).map_err(failed)?));
        }
    }
    for (column, counter) in columns.iter().zip(counters) {
        profiles.insert((entry.name.clone(), column.name.clone()), counter.finish());
    }
    Ok(())
}

fn refuse_interrupted(interrupt: &Interrupt) -> Result<()> {
    if !interrupt.is_triggered() {
        return Ok(());
    }
    Err(Error::new(Code::Interrupted, "interrupted while the values were counted").with_state("nothing was written"))
}

/// What SQLite stores for each default that is the same each time, by table and column. One that it refuses is left out.
///
/// # Errors
/// No database in memory can be made.
pub(crate) fn constant_defaults(snapshot: &SqliteSnapshot) -> Result<BTreeMap<(String, String), OwnedStored>> {
    let connection = Connection::open_in_memory().map_err(|error| {
        Error::new(Code::Query, "SQLite cannot be asked for defaults").with_cause(error.to_string()).with_source(error)
    })?;
    let mut defaults = BTreeMap::new();
    for entry in snapshot.tables.iter() {
        let is_strict = entry.table.options.contains("strict");
        for column in &entry.table.columns {
            let constant = column.default_value().filter(|default| is_constant(default));
            let Some(default) = constant else { continue };
            if let Ok(value) = default_value(&connection, &column.datatype, default, is_strict) {
                defaults.insert((entry.name.clone(), column.name.clone()), value);
            }
        }
    }
    Ok(defaults)
}

fn default_value(
    connection: &Connection,
    datatype: &str,
    default: &str,
    is_strict: bool,
) -> rusqlite::Result<OwnedStored> {
    let strict = if is_strict { " STRICT" } else { "" };
    connection.execute_batch(&format!(
        "DROP TABLE IF EXISTS d; CREATE TABLE d (c {datatype} DEFAULT {default}){strict}; INSERT INTO d DEFAULT VALUES"
    ))?;
    connection.query_row("SELECT c FROM d", [], |row| Ok(stored(row.get_ref(0)?).into()))
}
