//! Rows that refer to one that the up inserted: it cannot go without them.

use super::apart;
use super::facts::{Facts, KnownTable};
use super::state::{CLEAN, PartState, REFERRED};
use crate::database::Failure;
use crate::database::postgres::PostgresDatabase;
use crate::history::{PartKind, UndoColumn};

/// A foreign key of a table that refers to another one: pairs of the number of a column of the child with one of the parent.
struct ReferringKey {
    child: u32,
    columns: Vec<(i16, i16)>,
}

/// Notes which of the rows that the up inserted others refer to, that it did not insert or will not have back as they were. A row that stays keeps those to
/// which it refers: so it goes on until nothing more is found.
pub(super) async fn note(
    database: &mut PostgresDatabase<'_>,
    facts: &Facts,
    parts: &mut [PartState],
) -> Result<(), Failure> {
    let mut all = Vec::new();
    for (at, state) in parts.iter().enumerate() {
        if state.part.kind != PartKind::Rows || state.part.before.is_none() {
            continue;
        }
        let Some(parent) = facts.named(state.part.table_after().as_ref()) else { continue };
        for reference in children(database, parent.oid).await? {
            let Some(child) = facts.tables.get(&reference.child) else { continue };
            all.push((at, parent, child, reference));
        }
    }
    let most = parts.len() + 1;
    for _ in 0..most {
        let mut is_found = false;
        for (at, parent, child, reference) in &all {
            if let Some(images) = referred(&parts[*at], parent, child, reference, parts) {
                is_found |= parts[*at].note(database, &images, REFERRED).await? > 0;
            }
        }
        if !is_found {
            break;
        }
    }
    Ok(())
}

/// A query for the images of rows that the up inserted, and to which others refer.
fn referred(
    state: &PartState,
    parent: &KnownTable,
    child: &KnownTable,
    reference: &ReferringKey,
    parts: &[PartState],
) -> Option<String> {
    let after = |column: &UndoColumn| column.after.clone();
    let pairs = reference.columns.iter().map(|(own, of_parent)| {
        let wanted = &parent.column(*of_parent)?.name;
        let place = state.part.columns.iter().position(|column| after(column).as_ref() == Some(wanted))?;
        let own = child.column(*own)?;
        Some(format!("{} = i.after[{}]", own.written("t"), place + 1))
    });
    let joined: Vec<String> = pairs.collect::<Option<_>>()?;
    // Rows of the child that go or change with the down refer to it no longer.
    let is_child = |other: &&PartState| {
        other.part.kind == PartKind::Rows && other.part.table_after().as_ref() == Some(&child.name)
    };
    let leaves: Vec<String> =
        parts.iter().filter(is_child).filter_map(|other| leaving(other, child, reference)).collect();
    let stays: Vec<String> = leaves.iter().map(|leaves| format!(" AND NOT {leaves}")).collect();
    let stays = stays.concat();
    Some(format!(
        "SELECT DISTINCT i.image FROM {} AS i JOIN ONLY {} AS t ON {} WHERE {} AND i.verdict = {CLEAN} AND NOT i.was_there AND i.is_there{stays}",
        state.rows.table,
        child.name,
        joined.join(" AND "),
        state.rows.condition_of("i")
    ))
}

/// That a row `t` of the child is one that the up has inserted or given another parent, and is as the up left it.
fn leaving(other: &PartState, child: &KnownTable, reference: &ReferringKey) -> Option<String> {
    let key = other.key(child, |column| column.after.as_deref())?;
    let places = reference.columns.iter().map(|(own, _)| {
        let wanted = &child.column(*own)?.name;
        other.part.columns.iter().position(|column| column.after.as_ref() == Some(wanted))
    });
    let places: Vec<usize> = places.collect::<Option<_>>()?;
    let is_other: Vec<String> =
        places.iter().map(|at| format!("l.before[{0}] IS DISTINCT FROM l.after[{0}]", at + 1)).collect();
    Some(format!(
        "EXISTS (SELECT FROM {} AS l WHERE {} AND l.verdict = {CLEAN} AND l.is_there AND l.row_key = {key} \
         AND (NOT l.was_there OR NOT l.is_same AND ({})))",
        other.rows.table,
        other.rows.condition_of("l"),
        is_other.join(" OR ")
    ))
}

/// The foreign keys that refer to a table.
async fn children(database: &mut PostgresDatabase<'_>, parent: u32) -> Result<Vec<ReferringKey>, Failure> {
    let sql = format!(
        "SELECT conrelid, array_to_string(conkey, ' '), array_to_string(confkey, ' ') FROM pg_constraint \
         WHERE contype = 'f' AND confrelid = {parent} ORDER BY oid"
    );
    let rows = apart::query(database, &sql).await?;
    let numbers = |text: &str| text.split(' ').map(str::parse).collect::<Result<Vec<i16>, _>>().ok();
    let key = |row: &tokio_postgres::SimpleQueryRow| {
        let columns = numbers(row.get(1)?)?.into_iter().zip(numbers(row.get(2)?)?).collect();
        Some(ReferringKey { child: row.get(0)?.parse().ok()?, columns })
    };
    Ok(rows.iter().filter_map(key).collect())
}
