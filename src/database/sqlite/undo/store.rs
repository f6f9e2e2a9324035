//! The index of what is kept: which tables of images belong to a version, and what their columns are.

use std::collections::BTreeSet;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::recorder::{NetPart, Recorded};
use crate::database::sqlite::has_table;
use crate::database::sqlite::shape::NOW;
use crate::history::{
    ImageKey, IndexRow, PartKind, UndoColumn, UndoPart, UndoRecord, UndoTable, images_name, is_images_name,
    value_column,
};
use crate::sql::Ident;
use crate::version::Version;

/// What the row of a step says, whose parts follow it.
const WHOLE: &str = IndexRow::WHOLE;
const NOT: &str = IndexRow::NOT;
const PURGED: &str = IndexRow::PURGED;

pub(super) fn index(history: &str) -> String {
    format!("main.{}", Ident(&UndoTable::Index.name(history)))
}

/// Whether anything was ever kept.
pub(super) fn has_index(connection: &Connection, history: &str) -> rusqlite::Result<bool> {
    has_table(connection, &UndoTable::Index.name(history))
}

pub(super) fn columns(history: &str) -> String {
    format!("main.{}", Ident(&UndoTable::Columns.name(history)))
}

/// Writes what a step has come to, for this time, or until it is purged where it is none. A step that did nothing to rows has no record.
pub(in crate::database::sqlite) fn keep(
    connection: &Connection,
    history: &str,
    version: Version,
    recorded: &Recorded,
    time: Option<Duration>,
) -> rusqlite::Result<()> {
    let (word, why, parts): (&str, Option<&str>, &[NetPart]) = match recorded {
        Recorded::Nothing => return Ok(()),
        Recorded::Not(why) => {
            // What was kept of an earlier time is not all of it.
            forget(connection, history, version)?;
            (NOT, Some(why), &[])
        }
        Recorded::Parts(parts) => (WHOLE, None, parts),
    };
    create(connection, history)?;
    let (index, columns) = (index(history), columns(history));
    let until = time.map_or("NULL".to_owned(), |time| {
        format!("strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+{} seconds')", time.as_secs())
    });
    // What counts for its run alone gets the moment of that: see `settle`.
    let at = if word == WHOLE { "''" } else { NOW };
    let (rows, bytes) =
        parts.iter().fold((0, 0), |(rows, bytes), part| (rows + part.part.rows, bytes + part.part.bytes));
    let mut line = connection.prepare(&format!(
        "INSERT INTO {index} (version, number, kind, row_key, table_before, table_after, row_count, byte_count, reason, kept_at, kept_until) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, {at}, {until})"
    ))?;
    let none: Option<&str> = None;
    line.execute(params![version.get(), 0, word, none, none, none, signed(rows), signed(bytes), why])?;
    let mut named = connection.prepare(&format!("INSERT INTO {columns} VALUES (?1, ?2, ?3, ?4, ?5, ?6)"))?;
    for NetPart { part, .. } in parts {
        line.execute(params![
            version.get(),
            part.number,
            part.kind.as_str(),
            part.row_key.as_str(),
            part.before,
            part.after,
            signed(part.rows),
            signed(part.bytes),
            none
        ])?;
        for (place, column) in part.columns.iter().enumerate() {
            let place = i64::try_from(place).unwrap_or(i64::MAX);
            let beside = || column.after.as_ref().filter(|name| part.beside.contains(name));
            let before = column.before.as_ref().or_else(beside);
            named.execute(params![version.get(), part.number, place, before, column.after, column.in_key])?;
        }
    }
    Ok(())
}

/// Settles what the index says of a version whose row in the history is written: what this run has kept gets the moment of that row, by which it is told
/// from what another run of the version has left. That goes; only that nothing is kept stays written, and says nothing wrong.
pub(in crate::database::sqlite) fn settle(
    connection: &Connection,
    history: &str,
    version: Version,
) -> rusqlite::Result<()> {
    if !has_index(connection, history)? {
        return Ok(());
    }
    let sql =
        format!("SELECT number, kind, kept_at FROM {} WHERE version = ?1 ORDER BY number LIMIT 1", index(history));
    let first = connection.query_row(&sql, [version.get()], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?))
    });
    match first.optional()? {
        None => Ok(()),
        Some((0, kind, _)) if kind == NOT => Ok(()),
        Some((0, _, kept_at)) if kept_at.is_empty() => {
            let applied = format!("(SELECT applied_at FROM main.{} WHERE version = ?1)", Ident(history));
            let sql = format!("UPDATE {} SET kept_at = {applied} WHERE version = ?1", index(history));
            connection.execute(&sql, [version.get()]).map(drop)
        }
        Some(_) => forget(connection, history, version),
    }
}

/// Makes the index where it is missing.
pub(super) fn create(connection: &Connection, history: &str) -> rusqlite::Result<()> {
    let (index, columns) = (index(history), columns(history));
    connection.execute_batch(&format!(
        "CREATE TABLE IF NOT EXISTS {index} (\n    version INTEGER NOT NULL,\n    number INTEGER NOT NULL,\n    kind TEXT NOT NULL,\n    \
         row_key TEXT,\n    table_before TEXT,\n    table_after TEXT,\n    row_count INTEGER NOT NULL,\n    byte_count INTEGER NOT NULL,\n    \
         reason TEXT,\n    kept_at TEXT NOT NULL DEFAULT ({NOW}),\n    kept_until TEXT,\n    PRIMARY KEY (version, number)\n);\n\
         CREATE TABLE IF NOT EXISTS {columns} (\n    version INTEGER NOT NULL,\n    number INTEGER NOT NULL,\n    place INTEGER NOT NULL,\n    \
         name_before TEXT,\n    name_after TEXT,\n    in_key INTEGER NOT NULL,\n    PRIMARY KEY (version, number, place)\n);"
    ))
}

/// Reads what is kept of a version. What cannot be understood is as gone as what was purged: the down asks then, as without a record, and says why.
pub(in crate::database::sqlite) fn read(
    connection: &Connection,
    history: &str,
    version: Version,
) -> rusqlite::Result<UndoRecord> {
    if !has_index(connection, history)? {
        return Ok(UndoRecord::Absent);
    }
    let sql = format!(
        "SELECT number, kind, row_key, table_before, table_after, row_count, byte_count, \
         CASE WHEN kind <> '{WHOLE}' THEN reason WHEN kept_at IS NOT (SELECT h.applied_at FROM main.{} AS h WHERE h.version = ?1) THEN '{}' \
         WHEN kept_until < {NOW} THEN 'they were kept until ' || kept_until END \
         FROM {} WHERE version = ?1 ORDER BY number",
        Ident(history),
        UndoRecord::SUPERSEDED,
        index(history)
    );
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query([version.get()])?;
    let Some(first) = rows.next()? else { return Ok(UndoRecord::Absent) };
    let (number, kind): (i64, String) = (first.get(0)?, first.get(1)?);
    let reason: Option<String> = first.get(7)?;
    match (number, &*kind, reason) {
        (0, WHOLE, None) => {}
        (0, NOT, why) => return Ok(UndoRecord::Not(why.unwrap_or_default())),
        (0, WHOLE | PURGED, why) => return Ok(UndoRecord::Gone(why.unwrap_or_default())),
        _ => return Ok(UndoRecord::unknown()),
    }
    let mut parts = Vec::new();
    while let Some(row) = rows.next()? {
        let Some(part) = part(connection, history, version, row)? else { return Ok(UndoRecord::unknown()) };
        if !has_table(connection, &part.images)? {
            return Ok(UndoRecord::Gone(format!("the table {} is gone", part.images)));
        }
        parts.push(part);
    }
    Ok(UndoRecord::Whole(parts))
}

fn part(connection: &Connection, history: &str, version: Version, row: &Row<'_>) -> rusqlite::Result<Option<UndoPart>> {
    let number: u32 = row.get(0)?;
    let kind = PartKind::parse(&row.get::<_, String>(1)?);
    let row_key = row.get::<_, Option<String>>(2)?.as_deref().and_then(ImageKey::parse);
    let (Some(kind), Some(row_key)) = (kind, row_key) else { return Ok(None) };
    let sql = format!(
        "SELECT name_before, name_after, in_key FROM {} WHERE version = ?1 AND number = ?2 ORDER BY place",
        columns(history)
    );
    let mut columns: Vec<UndoColumn> = connection
        .prepare(&sql)?
        .query_map(params![version.get(), number], |row| {
            Ok(UndoColumn { before: row.get(0)?, after: row.get(1)?, in_key: row.get(2)? })
        })?
        .collect::<Result<_, _>>()?;
    let mut beside = Vec::new();
    if kind == PartKind::Values {
        let value = value_column(&columns).map_or(columns.len(), |(place, _)| place);
        let others = columns.iter_mut().skip(value + 1).filter(|column| column.before.is_some());
        beside.extend(others.filter_map(|column| {
            column.before = None;
            column.after.clone()
        }));
    }
    let count = |at| row.get::<_, i64>(at).map(i64::unsigned_abs);
    let (before, after) = (row.get(3)?, row.get(4)?);
    let images = images_name(history, version, number);
    Ok(Some(UndoPart {
        number,
        images,
        kind,
        schema_before: None,
        schema_after: None,
        before,
        after,
        row_key,
        columns,
        beside,
        rows: count(5)?,
        bytes: count(6)?,
    }))
}

/// Whether rows are there whose time is over.
pub(in crate::database::sqlite) fn has_expired(connection: &Connection, history: &str) -> rusqlite::Result<bool> {
    if !has_index(connection, history)? {
        return Ok(false);
    }
    let sql = format!(
        "SELECT EXISTS (SELECT 1 FROM {} WHERE number = 0 AND kind = '{WHOLE}' AND kept_until < {NOW})",
        index(history)
    );
    connection.query_row(&sql, [], |row| row.get(0))
}

/// Takes away what is kept of a version: when it was taken back, or is forgotten.
pub(in crate::database::sqlite) fn forget(
    connection: &Connection,
    history: &str,
    version: Version,
) -> rusqlite::Result<()> {
    if !has_index(connection, history)? {
        return Ok(());
    }
    drop_images(connection, history, version)?;
    for table in [index(history), columns(history)] {
        connection.execute(&format!("DELETE FROM {table} WHERE version = ?1"), [version.get()])?;
    }
    Ok(())
}

pub(super) fn drop_images(connection: &Connection, history: &str, version: Version) -> rusqlite::Result<()> {
    let start = format!("{history}_undo_{version}_");
    let sql =
        "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND lower(substr(name, 1, length(?1))) = lower(?1)";
    let names: BTreeSet<String> =
        connection.prepare(sql)?.query_map([&start], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for name in names.iter().filter(|name| is_images_name(history, name)) {
        connection.execute_batch(&format!("DROP TABLE main.{}", Ident(name)))?;
    }
    Ok(())
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
