//! Rows that people wrote since, and that go where those of an up are put back all the same: they refer to what goes.

use std::collections::BTreeSet;

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::prepared::located;
use super::table_before;
use crate::database::sqlite::undo::facts::TableFacts;
use crate::database::sqlite::undo::references::{ReferencedTable, all_children, children};
use crate::database::sqlite::undo::state::PartState;
use crate::sql::{Ident, Name};

/// So many rows refer to one another at most, each to the next.
const DEEPEST: usize = 100;

/// The rows that have no parent.
pub(super) struct Strays {
    known: BTreeSet<String>,
}

/// A row, by what tells it apart in its table.
struct NamedRow {
    table: Name<'static>,
    /// `rowid = ?1`.
    condition: String,
    key: Vec<Value>,
}

impl Strays {
    /// Those that are there now.
    pub(super) fn now(connection: &Connection) -> rusqlite::Result<Self> {
        let mut known = BTreeSet::new();
        for reference in all_children(connection)? {
            known.extend(strays(connection, &reference)?.iter().map(NamedRow::name));
        }
        Ok(Self { known })
    }

    /// Takes away those that have come since, and what refers to them in turn.
    pub(super) fn remove_new(&self, connection: &Connection) -> rusqlite::Result<()> {
        loop {
            let mut is_one_gone = false;
            for reference in all_children(connection)? {
                for stray in strays(connection, &reference)? {
                    if !self.known.contains(&stray.name()) {
                        is_one_gone |= reference.part_with(connection, &stray)? > 0;
                    }
                }
            }
            if !is_one_gone {
                return Ok(());
            }
        }
    }
}

impl ReferencedTable {
    /// What the foreign key says is done with a row whose parent goes: it loses its parent, or goes as well.
    fn part_with(&self, connection: &Connection, row: &NamedRow) -> rusqlite::Result<usize> {
        let key = || params_from_iter(&row.key);
        if self.on_delete.eq_ignore_ascii_case("set null") {
            let nulls: Vec<String> = self.columns.iter().map(|(own, _)| format!("{} = NULL", Ident(own))).collect();
            let sql = format!("UPDATE {} SET {} WHERE {}", row.table, nulls.join(", "), row.condition);
            return connection.execute(&sql, key());
        }
        connection.execute(&format!("DELETE FROM {} WHERE {}", row.table, row.condition), key())
    }
}

/// Takes away the rows that forbid that the row of an image goes.
pub(super) fn let_go(
    connection: &Connection,
    state: &PartState,
    image: i64,
    live: Option<i64>,
) -> rusqlite::Result<()> {
    let Some(table) = table_before(state) else { return Ok(()) };
    let Ok(facts) = TableFacts::read(connection, &table)? else { return Ok(()) };
    let Some(condition) = located(state, &facts, 'a').into_iter().next() else { return Ok(()) };
    let numbers = [Value::Integer(image), live.map_or(Value::Null, Value::Integer)];
    for row in named(connection, &table, &condition, &numbers)? {
        remove_restricting(connection, &row, DEEPEST)?;
    }
    Ok(())
}

fn remove_restricting(connection: &Connection, parent: &NamedRow, deepest: usize) -> rusqlite::Result<()> {
    for reference in children(connection, &parent.table)? {
        if deepest == 0 || !reference.on_delete.eq_ignore_ascii_case("restrict") {
            continue;
        }
        let same = reference.columns.iter().map(|(own, of)| format!("p.{} = t.{}", Ident(of), Ident(own)));
        let same: Vec<String> = same.collect();
        let refers = format!(
            "EXISTS (SELECT 1 FROM (SELECT * FROM {} WHERE {}) AS p WHERE {})",
            parent.table,
            parent.condition,
            same.join(" AND ")
        );
        for child in named(connection, &reference.table, &refers, &parent.key)? {
            remove_restricting(connection, &child, deepest - 1)?;
            let sql = format!("DELETE FROM {} WHERE {}", child.table, child.condition);
            super::fitting(connection.execute(&sql, params_from_iter(&child.key)))?.ok();
        }
    }
    Ok(())
}

impl NamedRow {
    fn name(&self) -> String {
        format!("{} {:?}", self.table, self.key)
    }
}

/// The rows of a child `t` that have no parent.
fn strays(connection: &Connection, reference: &ReferencedTable) -> rusqlite::Result<Vec<NamedRow>> {
    let Some(parent) = &reference.parent else { return Ok(Vec::new()) };
    if !TableFacts::read(connection, parent)?.is_ok_and(|facts| !facts.columns.is_empty()) {
        return Ok(Vec::new());
    }
    let set: Vec<String> = reference.columns.iter().map(|(own, _)| format!("t.{} IS NOT NULL", Ident(own))).collect();
    let same: Vec<String> =
        reference.columns.iter().map(|(own, of)| format!("p.{} = t.{}", Ident(of), Ident(own))).collect();
    let condition =
        format!("{} AND NOT EXISTS (SELECT 1 FROM {parent} AS p WHERE {})", set.join(" AND "), same.join(" AND "));
    named(connection, &reference.table, &condition, &[])
}

/// The rows `t` of a table for which a condition holds, that has some of these values.
fn named(
    connection: &Connection,
    table: &Name<'static>,
    condition: &str,
    values: &[Value],
) -> rusqlite::Result<Vec<NamedRow>> {
    let Ok(facts) = TableFacts::read(connection, table)? else { return Ok(Vec::new()) };
    let keys: Vec<String> = facts.key.iter().map(|key| format!("t.{}", key.sql)).collect();
    let equal = facts.key.iter().enumerate().map(|(at, key)| format!("{} = ?{}", key.sql, at + 1));
    let equal: Vec<String> = equal.collect();
    let mut statement =
        connection.prepare(&format!("SELECT {} FROM {table} AS t WHERE {condition}", keys.join(", ")))?;
    let named = |row: &rusqlite::Row<'_>| {
        let key = (0..keys.len()).map(|at| row.get(at)).collect::<rusqlite::Result<_>>()?;
        Ok(NamedRow { table: table.clone(), condition: equal.join(" AND "), key })
    };
    let asked = statement.parameter_count().min(values.len());
    statement.query_map(params_from_iter(&values[..asked]), named)?.collect()
}
