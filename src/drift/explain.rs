//! What differs as SQL: what was done outside of migrations, and what takes it back.

use crate::catalog::{Change, Fact, Kind, Object};
use crate::database::Inspection;
use crate::down::{Scratch, derive, text};
use crate::error::Result;

/// Statements that were executed on a scratch database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sql {
    /// Laid out, each with its `;`.
    pub(crate) text: String,
    /// What they do not do: one sentence each. None where they do it all.
    pub(crate) gaps: Vec<String>,
}

/// Takes a scratch database from what history implies to what is there, and back.
pub(super) async fn there_and_back<S: Scratch>(
    scratch: &mut S,
    live: &Inspection<S::Snapshot>,
    implied: &S::Snapshot,
    found: &S::Snapshot,
) -> Result<(Option<Sql>, Option<Sql>)> {
    scratch.mark(&[]).await?;
    let both = in_mark(scratch, live, implied, found).await;
    scratch.back().await?;
    both
}

async fn in_mark<S: Scratch>(
    scratch: &mut S,
    live: &Inspection<S::Snapshot>,
    implied: &S::Snapshot,
    found: &S::Snapshot,
) -> Result<(Option<Sql>, Option<Sql>)> {
    scratch.without_rows().await?;
    let there = derive(scratch, found).await?;
    let done = sql(scratch, live, there.statements, there.leftover);
    if !done.gaps.is_empty() {
        return Ok((Some(done), None));
    }
    let back = derive(scratch, implied).await?;
    let undo = sql(scratch, live, scratch.as_script(back.statements), back.leftover);
    Ok((Some(done), Some(undo)))
}

/// In the words of the live database.
fn sql<S: Scratch>(scratch: &S, live: &Inspection<S::Snapshot>, statements: Vec<String>, mut gaps: Vec<String>) -> Sql {
    let (statements, left_out) = scratch.statements_as_live(live, statements);
    gaps.extend(left_out);
    Sql { text: if statements.is_empty() { String::new() } else { text::sql(&statements) }, gaps }
}

/// The data that goes, or stays away, when these changes are taken back.
pub(super) fn losses(changes: &[Change<'_>]) -> Vec<String> {
    let is_whole = |object: &Object| matches!(object.kind(), Kind::Table | Kind::VirtualTable);
    let is_stored = |object: &Object| {
        let definition = format!(" {}", object.fact(Fact::Definition).unwrap_or_default());
        object.kind() == Kind::Column && object.fact(Fact::Generated).is_none() && !definition.contains(" as (")
    };
    let is_part_of = |object: &Object| {
        changes.iter().any(|change| match change {
            Change::Created(whole) | Change::Dropped(whole) => object.parent == Some(whole.id),
            _ => false,
        })
    };
    let loss = |change: &Change<'_>| {
        let object = change.object();
        let name = format!("{} {}", object.kind(), object.name.plain());
        match change {
            Change::Created(object) if is_whole(object) => Some(format!("{name} is dropped with its rows")),
            Change::Dropped(object) if is_whole(object) => Some(format!("{name} comes back without rows")),
            Change::Created(object) if is_stored(object) && !is_part_of(object) => {
                Some(format!("{name} is dropped with its values"))
            }
            Change::Dropped(object) if is_stored(object) && !is_part_of(object) => {
                Some(format!("{name} comes back without its values"))
            }
            _ => None,
        }
    };
    changes.iter().filter_map(loss).collect()
}
