//! Putting all rows back with a statement for each table and kind, where nothing forbids that: row by row it takes several times as long.

use rusqlite::Connection;

use super::prepared::{columns, value_again};
use super::{ReplayTry, RowDeed, fitting, table_before};
use crate::database::sqlite::session::number;
use crate::database::sqlite::undo::facts::TableFacts;
use crate::database::sqlite::undo::state::PartState;
use crate::history::PartKind;
use crate::sql::Ident;

/// A statement, and how many rows it is to change.
struct AllRows {
    part: usize,
    deed: RowDeed,
    sql: String,
    /// None of values: of a row that is gone there is none to give.
    rows: Option<u64>,
}

/// None where that is not possible: nothing is done then. Each row is the one of its image by the key, which is a number that the database has an index of.
pub(super) fn run(connection: &Connection, parts: &[PartState], verdicts: &str) -> rusqlite::Result<Option<ReplayTry>> {
    let mut restored = vec![None; parts.len()];
    let mut statements = Vec::new();
    for (at, state) in parts.iter().enumerate() {
        let Some(of_part) = of_part(connection, at, state, verdicts)? else { return Ok(None) };
        restored[at] = (!of_part.is_empty()).then_some(0);
        statements.extend(of_part);
    }
    // What came goes first, what was changed gets its own key back, and what went comes again.
    statements.sort_by_key(|statement| statement.deed);
    connection.execute_batch("SAVEPOINT schemactl_undo_at_once")?;
    let is_done = all(connection, &statements, &mut restored)?;
    if !is_done {
        connection.execute_batch("ROLLBACK TO schemactl_undo_at_once")?;
    }
    connection.execute_batch("RELEASE schemactl_undo_at_once")?;
    let tried = || ReplayTry { left: Vec::new(), whys: vec![None; parts.len()], restored };
    Ok(is_done.then(tried))
}

fn all(connection: &Connection, statements: &[AllRows], restored: &mut [Option<u64>]) -> rusqlite::Result<bool> {
    for statement in statements {
        let Ok(rows) = fitting(connection.execute(&statement.sql, []))? else { return Ok(false) };
        match statement.rows {
            None => restored[statement.part] = Some(rows as u64),
            // A row that the down's own script has taken away comes again, and one that it has made gets the values.
            Some(expected) if rows as u64 != expected => return Ok(false),
            Some(_) => {}
        }
    }
    Ok(true)
}

/// The statements of a part: an empty list where the down has made no place for its rows. None where its rows are found in another way.
fn of_part(
    connection: &Connection,
    part: usize,
    state: &PartState,
    verdicts: &str,
) -> rusqlite::Result<Option<Vec<AllRows>>> {
    let Some(table) = table_before(state) else { return Ok(Some(Vec::new())) };
    let Ok(facts) = TableFacts::read(connection, &table)? else { return Ok(Some(Vec::new())) };
    if facts.columns.is_empty() || (state.part.kind == PartKind::Rows && facts.row_key != state.part.row_key) {
        return Ok(Some(Vec::new()));
    }
    if !facts.is_numbered_by_key() || facts.row_key != state.part.row_key {
        return Ok(None);
    }
    let images = &state.images.table;
    let from =
        |and: &str| format!("FROM {} AS s JOIN {images} AS i ON i.rowid = s.image WHERE {verdicts}{and}", state.table);
    let key = &facts.key[0].sql;
    let statement = |deed: RowDeed, sql: String, rows: Option<u64>| AllRows { part, deed, sql, rows };
    let change = |places: &[(usize, &str)], and: &str| {
        let (names, values): (Vec<String>, Vec<String>) =
            places.iter().map(|(at, name)| (Ident(name).to_string(), format!("i.b{at}"))).unzip();
        format!(
            "UPDATE {table} AS t SET ({}) = (SELECT {} FROM {images} AS i WHERE i.k0 = t.{key}) WHERE t.{key} IN (SELECT i.k0 {})",
            names.join(", "),
            values.join(", "),
            from(and)
        )
    };
    if state.part.kind == PartKind::Values {
        let value = value_again(state, &facts);
        return Ok(Some(
            value.map(|value| statement(RowDeed::GiveValue, change(&[value], ""), None)).into_iter().collect(),
        ));
    }
    let places = columns(state, &facts);
    // The key of a row that was changed is what it was: to set it would have the database look at what refers to the row.
    let beside: Vec<(usize, &str)> = places.iter().filter(|(at, _)| !state.part.columns[*at].in_key).copied().collect();
    let beside = if beside.is_empty() { &places } else { &beside };
    let (names, values): (Vec<String>, Vec<String>) =
        places.iter().map(|(at, name)| (Ident(name).to_string(), format!("i.b{at}"))).unzip();
    let (came, changed, went) = (" AND i.b = 0", " AND i.b = 1 AND i.a IS NOT NULL", " AND i.b = 1 AND i.a IS NULL");
    let count = |and: &str| number(connection, &format!("SELECT count(*) {}", from(and))).map(Some);
    Ok(Some(vec![
        statement(
            RowDeed::Delete,
            format!("DELETE FROM {table} WHERE {key} IN (SELECT i.k0 {})", from(came)),
            count(came)?,
        ),
        statement(RowDeed::PutBack, change(beside, changed), count(changed)?),
        statement(
            RowDeed::Return,
            format!("INSERT INTO {table} ({}) SELECT {} {}", names.join(", "), values.join(", "), from(went)),
            count(went)?,
        ),
    ]))
}
