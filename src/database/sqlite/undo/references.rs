//! Rows that refer to one that the up inserted: it cannot go without them. And rows that come back, and whose parent is gone.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, params, params_from_iter};

use super::facts::{TableFacts, main};
use super::state::{CLEAN, ORPHANED, PartState, REFERRED};
use crate::history::{ImageKey, PartKind, UndoColumn};
use crate::sql::{Ident, Name};

/// A foreign key, as one of its two tables sees it: the other one, and pairs of a column of the child with one of the parent.
pub(super) struct ReferencedTable {
    pub(super) table: Name<'static>,
    pub(super) columns: Vec<(String, String)>,
    /// What becomes of the child where its parent goes.
    pub(super) on_delete: String,
    /// The parent, where the other table is the child.
    pub(super) parent: Option<Name<'static>>,
}

/// Notes which of the rows that the up inserted others refer to, that it did not insert or will not have back as they were. Returns how many.
pub(super) fn note(
    connection: &Connection,
    state: &PartState,
    table: &Name<'_>,
    all: &[PartState],
) -> rusqlite::Result<usize> {
    let mut noted = 0;
    for reference in children(connection, table)? {
        let child = &reference.table;
        let Ok(facts) = TableFacts::read(connection, child)? else { continue };
        let place =
            |name: &str| state.images.now().find(|(_, known)| known.eq_ignore_ascii_case(name)).map(|(at, _)| at);
        let Some(places) =
            reference.columns.iter().map(|(own, of_parent)| Some((place(of_parent)?, own))).collect::<Option<Vec<_>>>()
        else {
            continue;
        };
        let joined: Vec<String> = places.iter().map(|(at, own)| format!("c.{} = i.a{at}", Ident(own))).collect();
        // Where the up took another row with these values away, they refer to that one again.
        let same: Vec<String> = places.iter().map(|(at, _)| format!("i3.b{at} IS i.a{at}")).collect();
        // Rows of the child that go or change with the down refer to it no longer.
        let names_it =
            |other: &&PartState| other.part.after.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(&child.name));
        let leaves =
            all.iter().filter(names_it).filter_map(|other| leaving(other, &facts, &reference)).collect::<Vec<_>>();
        let stays = if leaves.is_empty() { String::new() } else { format!(" AND NOT ({})", leaves.join(" OR ")) };
        let sql = format!(
            "UPDATE {0} SET verdict = {REFERRED} WHERE verdict = {CLEAN} AND image IN \
             (SELECT i.rowid FROM {1} AS i JOIN {child} AS c ON {2} WHERE i.b = 0 AND i.a = 1{stays} AND NOT EXISTS \
             (SELECT 1 FROM {1} AS i3 JOIN {0} AS s3 ON s3.image = i3.rowid WHERE s3.verdict = {CLEAN} AND i3.b = 1 AND {3}))",
            state.table,
            state.images.table,
            joined.join(" AND "),
            same.join(" AND ")
        );
        noted += connection.execute(&sql, [])?;
    }
    Ok(noted)
}

/// The images of rows that went, or got another key, and to which rows of now refer: these would have no parent.
pub(super) fn referred_now(
    connection: &Connection,
    state: &PartState,
    table: &Name<'_>,
    verdicts: &str,
) -> rusqlite::Result<Vec<i64>> {
    let mut images = Vec::new();
    for reference in children(connection, table)?.into_iter().filter(|_| state.part.kind == PartKind::Rows) {
        let place = |of: &str| position(state, of).filter(|at| state.part.columns[*at].after.is_some());
        let Some(places) =
            reference.columns.iter().map(|(own, of)| Some((place(of)?, own, of))).collect::<Option<Vec<_>>>()
        else {
            continue;
        };
        let joined: Vec<String> = places.iter().map(|(at, own, _)| format!("c.{} = i.a{at}", Ident(own))).collect();
        let there: Vec<String> = places.iter().map(|(at, _, of)| format!("p.{} = i.a{at}", Ident(of))).collect();
        let differs: Vec<String> = places.iter().map(|(at, ..)| format!("i.b{at} IS NOT i.a{at}")).collect();
        let sql = format!(
            "SELECT DISTINCT i.rowid FROM {} AS i JOIN {} AS s ON s.image = i.rowid JOIN {} AS c ON {} \
             WHERE {verdicts} AND i.a = 1 AND (i.b = 0 OR {}) AND NOT EXISTS (SELECT 1 FROM {table} AS p WHERE {})",
            state.images.table,
            state.table,
            reference.table,
            joined.join(" AND "),
            differs.join(" OR "),
            there.join(" AND ")
        );
        let found: Vec<i64> = connection.prepare(&sql)?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        images.extend(found);
    }
    Ok(images)
}

/// The images of rows that were put back, and have no parent: they have got another one thereby, or were not there, or were changed since.
pub(super) fn orphans_now(
    connection: &Connection,
    state: &PartState,
    table: &Name<'_>,
    verdicts: &str,
) -> rusqlite::Result<Vec<i64>> {
    let mut images = Vec::new();
    for ReferencedTable { table: parent, columns, .. } in parents(connection, table)? {
        let Some(places) =
            columns.iter().map(|(own, of)| Some((position(state, own)?, of))).collect::<Option<Vec<_>>>()
        else {
            continue;
        };
        if !is_there(connection, &parent)? {
            continue;
        }
        let is_set: Vec<String> = places.iter().map(|(at, _)| format!("i.b{at} IS NOT NULL")).collect();
        let differs: Vec<String> = places.iter().map(|(at, _)| format!("i.b{at} IS NOT i.a{at}")).collect();
        let there: Vec<String> = places.iter().map(|(at, of)| format!("p.{} = i.b{at}", Ident(of))).collect();
        let sql = format!(
            "SELECT i.rowid FROM {} AS i JOIN {} AS s ON s.image = i.rowid WHERE {verdicts} AND i.b = 1 AND {} \
             AND (i.a IS NULL OR s.verdict <> {CLEAN} OR {}) AND NOT EXISTS (SELECT 1 FROM {parent} AS p WHERE {})",
            state.images.table,
            state.table,
            is_set.join(" AND "),
            differs.join(" OR "),
            there.join(" AND ")
        );
        let found: Vec<i64> = connection.prepare(&sql)?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        images.extend(found);
    }
    Ok(images)
}

/// The place of a column that was called so before the step.
fn position(state: &PartState, name: &str) -> Option<usize> {
    let is_it = |column: &UndoColumn| column.before.as_deref().is_some_and(|before| before.eq_ignore_ascii_case(name));
    state.part.columns.iter().position(is_it)
}

fn is_there(connection: &Connection, table: &Name<'_>) -> rusqlite::Result<bool> {
    Ok(!TableFacts::read(connection, table)?.is_ok_and(|facts| facts.columns.is_empty()))
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
pub(super) fn children(connection: &Connection, table: &Name<'_>) -> rusqlite::Result<Vec<ReferencedTable>> {
    let is_it = |reference: &ReferencedTable| {
        reference.parent.as_ref().is_some_and(|parent| parent.name.eq_ignore_ascii_case(&table.name))
    };
    Ok(all_children(connection)?.into_iter().filter(is_it).collect())
}

/// All foreign keys, with the tables that have them.
pub(super) fn all_children(connection: &Connection) -> rusqlite::Result<Vec<ReferencedTable>> {
    let sql = "SELECT child.name, key.id, key.\"from\", key.\"to\", key.seq, key.\"table\", key.on_delete FROM main.sqlite_schema AS child, \
               pragma_foreign_key_list(child.name, 'main') AS key WHERE child.type = 'table' ORDER BY 1, 2, key.seq";
    foreign_keys(connection, sql, None)
}

/// The foreign keys of a table, with the tables that they refer to.
fn parents(connection: &Connection, table: &Name<'_>) -> rusqlite::Result<Vec<ReferencedTable>> {
    let sql = "SELECT \"table\", id, \"from\", \"to\", seq, \"table\", on_delete FROM pragma_foreign_key_list(?1, 'main') ORDER BY id, seq";
    foreign_keys(connection, sql, Some(table))
}

/// Reads foreign keys from a query: the table that is looked for, the number of the key, a column of the child and one of the parent, the place of the
/// pair, the parent, and what is done where that goes. One that asks for those of a table looks for their parents.
fn foreign_keys(
    connection: &Connection,
    sql: &str,
    table: Option<&Name<'_>>,
) -> rusqlite::Result<Vec<ReferencedTable>> {
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query(params_from_iter(table.map(|table| &table.name)))?;
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
            let parent = if table.is_none() { Some(main(&row.get::<_, String>(5)?)) } else { None };
            let reference =
                ReferencedTable { table: main(&name), columns: vec![(own, of_parent)], on_delete: row.get(6)?, parent };
            all.push((id, reference));
        }
    }
    Ok(all.into_iter().map(|(_, reference)| reference).collect())
}

/// Notes which of the rows that are to come back, or to get another parent again, would have none: it is gone since, and does not come back itself.
/// `verdicts` says which rows do, as a condition about the state `s`. Returns how many.
pub(super) fn note_orphans(
    connection: &Connection,
    state: &PartState,
    table: &Name<'_>,
    all: &[PartState],
    verdicts: &str,
    reshaped: &BTreeSet<String>,
) -> rusqlite::Result<usize> {
    let mut noted = 0;
    let all_parents = parents(connection, table)?.into_iter();
    for ReferencedTable { table: parent, columns, .. } in
        all_parents.filter(|reference| !reshaped.contains(&reference.table.name.to_lowercase()))
    {
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
                let same: Option<Vec<String>> =
                    places.iter().map(|(at, of)| Some(format!("i2.b{} = i.b{at}", position(other, of)?))).collect();
                Some(format!(
                    "EXISTS (SELECT 1 FROM {} AS i2 JOIN {} AS s ON s.image = i2.rowid WHERE {verdicts} AND i2.b = 1 AND {})",
                    other.images.table,
                    other.table,
                    all_of(same?)
                ))
            })
            .collect();
        let comes_back = if comes_back.is_empty() { "0".to_owned() } else { comes_back.join(" OR ") };
        let is_there = if self::is_there(connection, &parent)? {
            format!("EXISTS (SELECT 1 FROM {parent} AS p WHERE {is_there})")
        } else {
            "0".to_owned()
        };
        let sql = format!(
            "UPDATE {} SET verdict = {ORPHANED} WHERE verdict = {CLEAN} AND image IN (SELECT i.rowid FROM {} AS i \
             WHERE i.b = 1 AND {is_set} AND (i.a IS NULL OR {}) AND NOT {is_there} AND NOT ({comes_back}))",
            state.table,
            state.images.table,
            differs.join(" OR ")
        );
        noted += connection.execute(&sql, [])?;
    }
    Ok(noted)
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
