//! Putting all rows back with a statement for each table and kind, where nothing forbids that: row by row it takes several times as long.

use rusqlite::Connection;

use super::prepared::columns;
use super::{ReplayTry, fitting, table_before};
use crate::database::sqlite::session::number;
use crate::database::sqlite::undo::facts::TableFacts;
use crate::database::sqlite::undo::state::PartState;
use crate::history::PartKind;
use crate::sql::Ident;

/// A statement, and how many rows it is to change.
struct AllRows {
    part: usize,
    sql: String,
    rows: u64,
    gives_values: bool,
}

/// None where that is not possible: nothing is done then. Each row is the one of its image by the key, which is a number that the database has an index of.
pub(super) fn run(connection: &Connection, parts: &[PartState], verdicts: &str) -> rusqlite::Result<Option<ReplayTry>> {
    let mut restored = vec![None; parts.len()];
    // What came goes first, what was changed gets its own key back, and what went comes again.
    let mut kinds: [Vec<AllRows>; 4] = Default::default();
    for (at, state) in parts.iter().enumerate() {
        let Some(statements) = of_part(connection, at, state, verdicts)? else { return Ok(None) };
        restored[at] = (!statements.is_empty()).then_some(0);
        kinds.iter_mut().zip(statements).for_each(|(kind, statement)| kind.push(statement));
    }
    connection.execute_batch("SAVEPOINT schemactl_undo_at_once")?;
    let is_done = all(connection, kinds.into_iter().flatten(), &mut restored)?;
    if !is_done {
        connection.execute_batch("ROLLBACK TO schemactl_undo_at_once")?;
    }
    connection.execute_batch("RELEASE schemactl_undo_at_once")?;
    let tried = || ReplayTry { left: Vec::new(), whys: vec![None; parts.len()], restored };
    Ok(is_done.then(tried))
}

fn all(
    connection: &Connection,
    statements: impl Iterator<Item = AllRows>,
    restored: &mut [Option<u64>],
) -> rusqlite::Result<bool> {
    for statement in statements {
        let Ok(rows) = fitting(connection.execute(&statement.sql, []))? else { return Ok(false) };
        if statement.gives_values {
            restored[statement.part] = Some(rows as u64);
        } else if rows as u64 != statement.rows {
            // A row that the down's own script has taken away comes again, and one that it has made gets the values.
            return Ok(false);
        }
    }
    Ok(true)
}

/// The statements of a part; as many as there are kinds, or none where the down has made no place for its rows. None where its rows are found in another way.
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
    let statement = |sql: String, rows: u64, gives_values: bool| AllRows { part, sql, rows, gives_values };
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
        let found = state.part.columns.iter().enumerate().find(|(_, column)| !column.in_key);
        let Some((at, Some(name))) = found.map(|(at, column)| (at, column.before.as_deref())) else {
            return Ok(Some(Vec::new()));
        };
        if !facts.columns.iter().any(|known| known.name == name) {
            return Ok(Some(Vec::new()));
        }
        let nothing = || statement(format!("DELETE FROM {table} WHERE 0"), 0, false);
        return Ok(Some(vec![nothing(), nothing(), nothing(), statement(change(&[(at, name)], ""), 0, true)]));
    }
    let places = columns(state, &facts);
    // The key of a row that was changed is what it was: to set it would have the database look at what refers to the row.
    let beside: Vec<(usize, &str)> = places.iter().filter(|(at, _)| !state.part.columns[*at].in_key).copied().collect();
    let beside = if beside.is_empty() { &places } else { &beside };
    let (names, values): (Vec<String>, Vec<String>) =
        places.iter().map(|(at, name)| (Ident(name).to_string(), format!("i.b{at}"))).unzip();
    let (came, changed, went) = (" AND i.b = 0", " AND i.b = 1 AND i.a IS NOT NULL", " AND i.b = 1 AND i.a IS NULL");
    let count = |and: &str| number(connection, &format!("SELECT count(*) {}", from(and)));
    Ok(Some(vec![
        statement(format!("DELETE FROM {table} WHERE {key} IN (SELECT i.k0 {})", from(came)), count(came)?, false),
        statement(change(beside, changed), count(changed)?, false),
        statement(
            format!("INSERT INTO {table} ({}) SELECT {} {}", names.join(", "), values.join(", "), from(went)),
            count(went)?,
            false,
        ),
        statement(format!("DELETE FROM {table} WHERE 0"), 0, false),
    ]))
}
