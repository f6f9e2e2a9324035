//! Values of columns that go to rows which people have changed since, and which are surely the same ones: see `by_key.rs`.

use rusqlite::Connection;

use super::prepared::located;
use super::{fitting, table_before};
use crate::database::sqlite::undo::facts::TableFacts;
use crate::database::sqlite::undo::moving::defaults;
use crate::database::sqlite::undo::references::orphans_now;
use crate::database::sqlite::undo::state::{CHANGED, GIVEN, KEYED, PartState};
use crate::history::UndoPart;
use crate::sql::{Ident, Name};

/// How the values are to fit.
#[derive(Debug, Clone, Copy)]
pub(in crate::database::sqlite::undo) struct GivenRules {
    /// Whether a row must have the parent that a value names.
    pub(in crate::database::sqlite::undo) is_enforced: bool,
    /// Whether the script of the down is a generated one, which makes columns and writes nothing of its own into them.
    pub(in crate::database::sqlite::undo) is_generated: bool,
}

/// Gives the rows of each part what comes back to them, where that is no value of people. Those that get nothing are noted so. Returns how many rows of each part
/// got theirs.
pub(super) fn run(connection: &Connection, parts: &[PartState], rules: GivenRules) -> rusqlite::Result<Vec<u64>> {
    parts.iter().map(|state| of_part(connection, state, rules)).collect()
}

fn of_part(connection: &Connection, state: &PartState, rules: GivenRules) -> rusqlite::Result<u64> {
    let mut given = 0;
    if let Some(update) = statement(connection, state, rules)? {
        if let Some(table) = table_before(state).filter(|_| rules.is_enforced) {
            let keyed = format!("s.verdict = {KEYED}");
            for image in orphans_now(connection, state, &table, &keyed)? {
                state.note(connection, image, CHANGED)?;
            }
        }
        let mut update = connection.prepare(&update)?;
        let sql = format!("SELECT image FROM {} WHERE verdict = {KEYED} ORDER BY 1", state.table);
        let images: Vec<i64> =
            connection.prepare(&sql)?.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        for image in images {
            // What one of them does not take keeps no other from its own.
            if fitting(update.execute([image]))?.is_ok_and(|rows| rows > 0) {
                state.note(connection, image, GIVEN)?;
                given += 1;
            }
        }
    }
    let sql = format!("UPDATE {} SET verdict = {CHANGED} WHERE verdict = {KEYED}", state.table);
    connection.execute(&sql, [])?;
    Ok(given)
}

/// The statement that gives the row of an image its values; none where the down has made no place for them.
fn statement(connection: &Connection, state: &PartState, rules: GivenRules) -> rusqlite::Result<Option<String>> {
    let returning = state.returning();
    let Some(table) = table_before(state).filter(|_| !returning.is_empty()) else { return Ok(None) };
    let Ok(facts) = TableFacts::read(connection, &table)? else { return Ok(None) };
    let is_there = |name: &String| facts.columns.iter().any(|column| column.name == *name);
    let places: Vec<(usize, &String)> = places(&state.part, &returning).filter(|(_, name)| is_there(name)).collect();
    let located = located(state, &facts, 'b');
    let (Some(located), false) = (located.first(), places.is_empty()) else { return Ok(None) };
    let names: Vec<String> = places.iter().map(|(_, name)| Ident(name).to_string()).collect();
    let values: Vec<String> = places.iter().map(|(at, _)| format!("b{at}")).collect();
    let mut free = Vec::new();
    for (at, name) in &places {
        // A column that was converted was looked at before the script.
        if !rules.is_generated && state.part.columns[*at].after.is_none() {
            free.push(is_free(connection, &table, name)?);
        }
    }
    free.insert(0, located.clone());
    Ok(Some(format!(
        "UPDATE {table} SET ({}) = (SELECT {} FROM {} WHERE rowid = ?1) WHERE {}",
        names.join(", "),
        values.join(", "),
        state.images.table,
        free.join(" AND ")
    )))
}

/// The columns that come back, with their places.
fn places<'p>(part: &'p UndoPart, returning: &'p [String]) -> impl Iterator<Item = (usize, &'p String)> {
    let named = part.columns.iter().enumerate().filter(|(_, column)| !column.in_key);
    named.filter_map(|(at, column)| Some((at, column.before.as_ref()?))).filter(|(_, name)| returning.contains(name))
}

/// That a row has nothing of people in a column: NULL, or the default that the script of the down has filled it with.
fn is_free(connection: &Connection, table: &Name<'_>, column: &str) -> rusqlite::Result<String> {
    let name = Ident(column);
    let all = defaults(connection, table)?.into_iter();
    let default =
        all.filter(|(known, _)| known == column).find_map(|(_, default)| default).filter(|text| is_literal(text));
    Ok(default.map_or_else(|| format!("{name} IS NULL"), |default| format!("({name} IS NULL OR {name} IS {default})")))
}

/// Whether a default is a number or a text: of anything else it is not known what it was for another row.
fn is_literal(default: &str) -> bool {
    let is_text = default.len() > 1 && default.starts_with('\'') && default.ends_with('\'');
    let is_one = is_text && !default[1..default.len() - 1].replace("''", "").contains('\'');
    is_one || default.parse::<f64>().is_ok_and(f64::is_finite)
}
