//! What is in the way of a down: told before it runs.

use std::collections::BTreeSet;

use rusqlite::Connection;

use super::facts::{TableFacts, main};
use super::state::PartState;
use super::{by_key, references, replay};
use crate::database::undo::{ChangedRows, Conflict, once_each};
use crate::history::{PartKind, UndoPart};

/// Looks at all parts, and at what is in the way of putting their rows back. `reshaped` has the names that the down's statements about tables have: what rows
/// of these refer to is looked at when it has run. `moved` has the columns that it fills from others.
pub(super) fn compare(
    connection: &Connection,
    kept: &[UndoPart],
    is_enforced: bool,
    changed: ChangedRows,
    reshaped: &BTreeSet<String>,
    moved: &[String],
) -> rusqlite::Result<(Vec<PartState>, Vec<Conflict>)> {
    let parts = kept.iter().map(|part| look(connection, part, moved)).collect::<rusqlite::Result<Vec<_>>>()?;
    let verdicts = replay::verdicts(changed);
    // A row that stays or does not come back may be another's child or parent.
    loop {
        let mut noted = 0;
        for state in parts.iter().filter(|state| state.part.before.is_some() && state.part.kind == PartKind::Rows) {
            let Some(table) = state.part.after.as_deref().map(main) else { continue };
            noted += references::note(connection, state, &table, &parts)?;
            // Of a table that the down makes again it is not known yet to what its rows have to refer.
            if is_enforced && !reshaped.contains(&table.name.to_lowercase()) {
                noted += references::note_orphans(connection, state, &table, &parts, &verdicts, reshaped)?;
            }
        }
        if noted == 0 {
            break;
        }
    }
    by_key::note(connection, &parts)?;
    let mut conflicts = Vec::new();
    for state in parts.iter().filter(|state| state.part.before.is_some()) {
        conflicts.extend(state.conflicts(connection)?);
    }
    Ok((parts, once_each(conflicts)))
}

/// What is in the way now of putting rows back, and nothing else: what is noted of them is temporary, and gone afterwards.
pub(in crate::database::sqlite) fn in_the_way(
    connection: &Connection,
    kept: &[UndoPart],
    reshaped: &BTreeSet<String>,
) -> rusqlite::Result<Vec<Conflict>> {
    let is_enforced = is_enforced(connection)?;
    let (parts, conflicts) = compare(connection, kept, is_enforced, ChangedRows::Refuse, reshaped, &[])?;
    for state in &parts {
        connection.execute_batch(&format!("DROP TABLE {}", state.table))?;
    }
    Ok(conflicts)
}

fn look(connection: &Connection, part: &UndoPart, moved: &[String]) -> rusqlite::Result<PartState> {
    let table = part.after.as_deref().map(main);
    let facts = match &table {
        Some(table) => TableFacts::read(connection, table)?.ok().filter(|facts| !facts.columns.is_empty()),
        None => None,
    };
    let state = PartState::read(connection, part, moved)?;
    match (part.kind, &table, facts) {
        (_, Some(table), Some(facts)) => state.compare(connection, table, &facts)?,
        (_, Some(_), None) => state.note_unreadable(connection)?,
        _ => state.note_clean(connection)?,
    }
    state.index(connection)?;
    Ok(state)
}

pub(super) fn is_enforced(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("PRAGMA foreign_keys", [], |row| row.get(0))
}
