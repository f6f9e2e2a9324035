//! Rows that were changed since an up, and are surely the same ones by their keys: what the up took of them comes back to them.
//!
//! A key says so where nobody gives it twice: a number of AUTOINCREMENT, which is never given again; a number below that of a row that has been there all the
//! time, since SQLite gives one above the highest that is there (<https://www.sqlite.org/autoinc.html>); or what is declared as a uuid. Who gives a row the key
//! of another one by hand says which row it is.

use rusqlite::{Connection, OptionalExtension};

use super::facts::{TableFacts, main};
use super::images::{Images, is_same};
use super::state::{CHANGED, CLEAN, KEYED, PartState, free};
use crate::database::sqlite::has_table;
use crate::database::sqlite::inspect::CreateTable;
use crate::history::{ImageKey, PartKind, value_column};
use crate::sql::{Ident, Name};

/// Notes which of the rows that were changed get back what the up took of them, where they are left as they are.
pub(super) fn note(connection: &Connection, parts: &[PartState]) -> rusqlite::Result<()> {
    for state in parts.iter().filter(|state| state.part.before.is_some() && !state.returning().is_empty()) {
        let Some(table) = state.part.after.as_deref().map(main) else { continue };
        let Ok(facts) = TableFacts::read(connection, &table)? else { continue };
        if facts.columns.is_empty() || facts.row_key != state.part.row_key {
            continue;
        }
        let Some(sure) = sure(connection, state, parts, &table, &facts)? else { continue };
        let value = value_column(&state.part.columns).filter(|_| state.part.kind == PartKind::Values);
        let value = value.and_then(|(at, column)| Some((at, column.after.as_deref()?)));
        // What was converted, or is called as one that was dropped, is as the up left it.
        let own = value
            .map_or_else(|| "1".to_owned(), |(at, name)| is_same(&format!("t.{}", Ident(name)), &format!("i.a{at}")));
        connection.execute_batch(&format!(
            "UPDATE {state} AS s SET verdict = {KEYED} WHERE verdict = {CHANGED} AND EXISTS (SELECT 1 FROM {images} AS i, {table} AS t \
             WHERE i.rowid = s.image AND {} AND i.b = 1 AND i.a = 1 AND {sure} AND {own} AND {})",
            is_row(&facts),
            free(&state.part, &facts),
            state = state.table,
            images = state.images.table
        ))?;
        for other in parts.iter().filter(|other| other.part.after == state.part.after) {
            note_moved(connection, state, other, &table, &facts)?;
        }
    }
    Ok(())
}

/// That a row `t` is the one of an image `i` with a state `s`.
fn is_row(facts: &TableFacts) -> String {
    match facts.row_key {
        ImageKey::Rowid => format!("t.{} = s.live", facts.key[0].sql),
        ImageKey::Columns | ImageKey::Content => Images::matched(&facts.key),
    }
}

/// That no other row can have the key of an image with a state `s`; none where that is not known of any.
fn sure(
    connection: &Connection,
    state: &PartState,
    parts: &[PartState],
    table: &Name<'_>,
    facts: &TableFacts,
) -> rusqlite::Result<Option<String>> {
    let of_key =
        |name: &String| state.part.columns.iter().any(|column| column.in_key && column.after.as_ref() == Some(name));
    if facts.columns.iter().any(|column| column.in_key && column.datatype == "uuid" && of_key(&column.name)) {
        return Ok(Some("1".to_owned()));
    }
    if !facts.is_numbered_by_key() {
        return Ok(None);
    }
    if is_counted(connection, state, table)? {
        return Ok(Some("1".to_owned()));
    }
    let mut highest: Option<i64> = None;
    for other in parts.iter().filter(|other| other.part.after == state.part.after) {
        let sql = format!(
            "SELECT max(s.live) FROM {} AS s JOIN {} AS i ON i.rowid = s.image WHERE s.verdict = {CLEAN} AND i.b = 1 AND i.a = 1",
            other.table, other.images.table
        );
        highest = highest.max(connection.query_row(&sql, [], |row| row.get(0))?);
    }
    Ok(highest.map(|highest| format!("s.live < {highest}")))
}

/// Whether AUTOINCREMENT numbers the rows, and has not been set back: it knows of a number as high as that of any row which the up left.
fn is_counted(connection: &Connection, state: &PartState, table: &Name<'_>) -> rusqlite::Result<bool> {
    if !has_table(connection, "sqlite_sequence")? {
        return Ok(false);
    }
    let sql = "SELECT sql FROM main.sqlite_schema WHERE type = 'table' AND name = ?1 COLLATE NOCASE";
    let made: Option<String> = connection.query_row(sql, [&table.name], |row| row.get(0)).optional()?;
    if !made.is_some_and(|sql| CreateTable::parse(&sql).is_autoincrement()) {
        return Ok(false);
    }
    let sql = format!(
        "SELECT EXISTS (SELECT 1 FROM main.sqlite_sequence AS q WHERE q.name = ?1 COLLATE NOCASE AND typeof(q.seq) = 'integer' \
         AND q.seq >= (SELECT max(k0) FROM {} WHERE a = 1))",
        state.images.table
    );
    connection.query_row(&sql, [&table.name], |row| row.get(0))
}

/// Takes those back that have got the key of another one: what only one row of the up had, and the row of that key has no more. They may be that row.
fn note_moved(
    connection: &Connection,
    state: &PartState,
    other: &PartState,
    table: &Name<'_>,
    facts: &TableFacts,
) -> rusqlite::Result<()> {
    let beside = |state: &PartState, name: &str| {
        state.part.columns.iter().any(|column| !column.in_key && column.after.as_deref() == Some(name))
    };
    let places = other.images.now().filter(|(_, name)| beside(state, name) && beside(other, name));
    let (left, now): (Vec<String>, Vec<String>) =
        places.map(|(at, name)| (content(&format!("j.a{at}")), content(&format!("t.{}", Ident(name))))).unzip();
    if left.is_empty() {
        return Ok(());
    }
    let (left, now) = (left.join(" || ',' || "), now.join(" || ',' || "));
    let moved = "temp.schemactl_undo_moved";
    connection.execute_batch(&format!(
        "CREATE TABLE {moved} (content TEXT PRIMARY KEY, image INTEGER);\n\
         INSERT INTO {moved} SELECT {left}, min(j.rowid) FROM {images} AS j WHERE j.a = 1 GROUP BY 1 HAVING count(*) = 1;\n\
         DELETE FROM {moved} WHERE EXISTS (SELECT 1 FROM {images} AS i, {others} AS s, {table} AS t WHERE i.rowid = {moved}.image \
           AND s.image = i.rowid AND {is_row} AND {now} = {moved}.content);\n\
         UPDATE {state} AS s SET verdict = {CHANGED} WHERE verdict = {KEYED} AND EXISTS (SELECT 1 FROM {own} AS i, {table} AS t \
           WHERE i.rowid = s.image AND {is_row} AND {now} IN (SELECT content FROM {moved}));\n\
         DROP TABLE {moved}",
        images = other.images.table,
        others = other.table,
        own = state.images.table,
        state = state.table,
        is_row = is_row(facts)
    ))
}

/// A value as a text that no other value has.
fn content(value: &str) -> String {
    format!("typeof({value}) || hex(CAST({value} AS BLOB))")
}
