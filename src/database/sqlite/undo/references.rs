//! Rows that refer to one that the up inserted: it cannot go without them.

use rusqlite::{Connection, OptionalExtension, params};

use super::facts::TableFacts;
use super::state::{CLEAN, ORPHANED, PartState, REFERRED};
use crate::history::{ImageKey, PartKind, UndoColumn};
use crate::sql::{Ident, Name};

/// A foreign key, as one of its two tables sees it: the other one, and pairs of a column of the child with one of the parent.
struct ReferencedTable {
    table: Name<'static>,
    columns: Vec<(String, String)>,
}

/// Notes which of the rows that the up inserted others refer to, that it did not insert or will not have back as they were.
pub(super) fn note(
    connection: &Connection,
    state: &PartState,
    table: &Name<'_>,
    all: &[PartState],
) -> rusqlite::Result<()> {
    for reference in children(connection, table)? {
        let child = &reference.table;
        let Ok(facts) = TableFacts::read(connection, child)? else { continue };
        let place =
            |name: &str| state.images.now().find(|(_, known)| known.eq_ignore_ascii_case(name)).map(|(at, _)| at);
        let Some(joined) = reference
            .columns
            .iter()
            .map(|(own, of_parent)| Some(format!("c.{} = i.a{}", Ident(own), place(of_parent)?)))
            .collect::<Option<Vec<_>>>()
        else {
            continue;
        };
        // Rows of the child that go or change with the down refer to it no longer.
        let names_it =
            |other: &&PartState| other.part.after.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(&child.name));
        let leaves =
            all.iter().filter(names_it).filter_map(|other| leaving(other, &facts, &reference)).collect::<Vec<_>>();
        let stays = if leaves.is_empty() { String::new() } else { format!(" AND NOT ({})", leaves.join(" OR ")) };
        connection.execute_batch(&format!(
            "UPDATE {0} SET verdict = {REFERRED} WHERE verdict = {CLEAN} AND image IN \
             (SELECT i.rowid FROM {1} AS i JOIN {child} AS c ON {2} WHERE i.b = 0 AND i.a = 1{stays})",
            state.table,
            state.images.table,
            joined.join(" AND ")
        ))?;
    }
    Ok(())
}

/// That a row of the child, which is called `c`, is one that the up has inserted or given another parent, and is as the up left it.
fn leaving(other: &PartState, facts: &TableFacts, reference: &ReferencedTable) -> Option<String> {
    let places: Vec<usize> = reference
        .columns
        .iter()
        .map(|(own, _)| other.images.now().find(|(_, name)| name.eq_ignore_ascii_case(own)).map(|(at, _)| at))
        .collect::<Option<_>>()?;
    let is_other: Vec<String> = places.iter().map(|at| format!("i2.b{at} IS NOT i2.a{at}")).collect();
    let is_it = match other.part.row_key {
        ImageKey::Rowid => format!("s2.live = c.{}", facts.key[0].sql),
        ImageKey::Columns | ImageKey::Content => {
            let keys: Vec<String> =
                facts.key.iter().enumerate().map(|(at, key)| format!("c.{} = i2.k{at}", key.sql)).collect();
            keys.join(" AND ")
        }
    };
    Some(format!(
        "EXISTS (SELECT 1 FROM {} AS s2 JOIN {} AS i2 ON i2.rowid = s2.image \
         WHERE s2.verdict = {CLEAN} AND {is_it} AND i2.a = 1 AND (i2.b = 0 OR {}))",
        other.table,
        other.images.table,
        is_other.join(" OR ")
    ))
}

/// The foreign keys that refer to a table, with the tables that have them.
fn children(connection: &Connection, table: &Name<'_>) -> rusqlite::Result<Vec<ReferencedTable>> {
    let sql = "SELECT child.name, key.id, key.\"from\", key.\"to\", key.seq, key.\"table\" FROM main.sqlite_schema AS child, \
               pragma_foreign_key_list(child.name, 'main') AS key \
               WHERE child.type = 'table' AND lower(key.\"table\") = lower(?1) ORDER BY 1, 2, key.seq";
    foreign_keys(connection, sql, table)
}

/// The foreign keys of a table, with the tables that they refer to.
fn parents(connection: &Connection, table: &Name<'_>) -> rusqlite::Result<Vec<ReferencedTable>> {
    let sql = "SELECT \"table\", id, \"from\", \"to\", seq, \"table\" FROM pragma_foreign_key_list(?1, 'main') ORDER BY id, seq";
    foreign_keys(connection, sql, table)
}

/// Reads foreign keys from a query: the table that is looked for, the number of the key, a column of the child and one of the parent, the place of the
/// pair, and the parent.
fn foreign_keys(connection: &Connection, sql: &str, table: &Name<'_>) -> rusqlite::Result<Vec<ReferencedTable>> {
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query(params![table.name])?;
    let mut all: Vec<(i64, ReferencedTable)> = Vec::new();
    while let Some(row) = rows.next()? {
        let (name, id, own): (String, i64, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let of_parent = match row.get::<_, Option<String>>(3)? {
            Some(named) => named,
            None => primary_key(connection, &row.get::<_, String>(5)?, row.get(4)?)?,
        };
        if let Some((_, known)) = all.last_mut().filter(|(known, one)| *known == id && one.table.name == name) {
            known.columns.push((own, of_parent));
        } else {
            let table = Name { schema: Some("main".into()), name: name.into() };
            all.push((id, ReferencedTable { table, columns: vec![(own, of_parent)] }));
        }
    }
    Ok(all.into_iter().map(|(_, reference)| reference).collect())
}

/// Notes which of the rows that are to come back, or to get another parent again, would have none: it is gone since, and does not come back itself.
pub(super) fn note_orphans(
    connection: &Connection,
    state: &PartState,
    table: &Name<'_>,
    all: &[PartState],
) -> rusqlite::Result<()> {
    for ReferencedTable { table: parent, columns } in parents(connection, table)? {
        let is_it = |name: &str| name.eq_ignore_ascii_case(&parent.name);
        let place = |own: &str| {
            let known = state.part.columns.iter().position(|column| column.after.as_deref() == Some(own));
            known.filter(|at| state.part.columns[*at].before.is_some())
        };
        let Some(places) = columns.iter().map(|(own, of)| Some((place(own)?, of))).collect::<Option<Vec<_>>>() else {
            continue;
        };
        let all_of = |parts: Vec<String>| parts.join(" AND ");
        let is_set = all_of(places.iter().map(|(at, _)| format!("i.b{at} IS NOT NULL")).collect());
        let differs: Vec<String> = places.iter().map(|(at, _)| format!("i.b{at} IS NOT i.a{at}")).collect();
        let is_there = all_of(places.iter().map(|(at, of)| format!("p.{} = i.b{at}", Ident(of))).collect());
        let comes_back = all.iter().filter(|other| {
            other.part.kind == PartKind::Rows
                && other.part.after.as_deref().or(other.part.before.as_deref()).is_some_and(is_it)
        });
        let comes_back: Vec<String> = comes_back
            .filter_map(|other| {
                let place = |of: &str| {
                    let named = |column: &UndoColumn| {
                        column.before.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(of))
                    };
                    other.part.columns.iter().position(named)
                };
                let same: Option<Vec<String>> =
                    places.iter().map(|(at, of)| Some(format!("i2.b{} = i.b{at}", place(of)?))).collect();
                Some(format!(
                    "EXISTS (SELECT 1 FROM {} AS i2 WHERE i2.b = 1 AND {})",
                    other.images.table,
                    all_of(same?)
                ))
            })
            .collect();
        let comes_back = if comes_back.is_empty() { "0".to_owned() } else { comes_back.join(" OR ") };
        let is_parent_known = !TableFacts::read(connection, &parent)?.is_ok_and(|facts| facts.columns.is_empty());
        let is_there = if is_parent_known {
            format!("EXISTS (SELECT 1 FROM {parent} AS p WHERE {is_there})")
        } else {
            "0".to_owned()
        };
        connection.execute_batch(&format!(
            "UPDATE {} SET verdict = {ORPHANED} WHERE verdict = {CLEAN} AND image IN (SELECT i.rowid FROM {} AS i \
             WHERE i.b = 1 AND {is_set} AND (i.a IS NULL OR {}) AND NOT {is_there} AND NOT ({comes_back}))",
            state.table,
            state.images.table,
            differs.join(" OR ")
        ))?;
    }
    Ok(())
}

/// Where the parent's columns are not named, they are those of its primary key: the one at a place, or none.
fn primary_key(connection: &Connection, table: &str, place: i64) -> rusqlite::Result<String> {
    let sql = "SELECT name FROM pragma_table_info(?1, 'main') WHERE pk = ?2 + 1";
    let found: Option<String> = connection.query_row(sql, params![table, place], |row| row.get(0)).optional()?;
    Ok(found.unwrap_or_default())
}

/// Whether a foreign key refers to the table.
pub(super) fn is_referred_to(connection: &Connection, table: &Name<'_>) -> rusqlite::Result<bool> {
    Ok(!children(connection, table)?.is_empty())
}
