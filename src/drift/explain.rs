//! What differs as SQL: what was done outside of migrations, and what takes it back.

use crate::catalog::{Change, Kind, Object, Snapshot as _, diff};
use crate::database::Inspection;
use crate::down::{Derived, LikeLive, Savepoints, Scratch, ScratchRunner, Undoing, derive, text, unqualified};
use crate::error::{Code, Error, Result};
use crate::source::{Migration, Script};
use crate::sql::{OwnKind, OwnStatement};

/// Statements that were executed on a scratch database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sql {
    /// Laid out, each with its `;`.
    pub(crate) text: String,
    /// What they do not do: one sentence each. None where they do it all.
    pub(crate) gaps: Vec<String>,
    /// Whether one of them drops a table.
    pub(crate) drops_table: bool,
}

impl Sql {
    /// Whether there is a statement: what cannot be had as one stands in the gaps alone.
    pub(crate) fn has_statements(&self) -> bool {
        !self.text.trim().is_empty()
    }
}

/// The schema that the statements for these changes need not name: all that changes lies in it, it is where names without a schema lead, and
/// some migration does not name it either, or there is none yet.
pub(super) async fn home<S: Undoing>(
    scratch: &mut S,
    migrations: &[&Migration],
    changes: &[Change<'_>],
) -> Result<Option<String>> {
    let Some(home) = scratch.home(&Script::new("", "")).await? else { return Ok(None) };
    let names_it = |migration: &&Migration| {
        let text = migration.up().text();
        unqualified::statement(text, &home) != text
    };
    if !migrations.is_empty() && migrations.iter().all(names_it) {
        return Ok(None);
    }
    let is_in = |object: &Object| object.name.schema.as_deref().is_none_or(|schema| schema == home);
    let is_all_in = changes.iter().all(|change| change.object().kind() != Kind::Schema && is_in(change.object()));
    Ok(is_all_in.then_some(home))
}

/// Takes a scratch database from what history implies to what is there, and back; without the name of the schema `home` where that does the
/// same.
pub(super) async fn there_and_back<S: Scratch>(
    scratch: &mut S,
    live: &Inspection<S::Snapshot>,
    (implied, found): (&S::Snapshot, &S::Snapshot),
    home: Option<&str>,
) -> Result<(Option<Sql>, Option<Sql>)> {
    scratch.set_savepoint(&[]).await?;
    let both = in_mark(scratch, live, (implied, found), home).await;
    scratch.roll_back().await?;
    both
}

async fn in_mark<S: Scratch>(
    scratch: &mut S,
    live: &Inspection<S::Snapshot>,
    (implied, found): (&S::Snapshot, &S::Snapshot),
    home: Option<&str>,
) -> Result<(Option<Sql>, Option<Sql>)> {
    scratch.without_rows().await?;
    let there = made_into(scratch, found, home).await?;
    let done = sql(scratch, live, there.statements, there.leftover);
    if !done.gaps.is_empty() {
        return Ok((Some(done), None));
    }
    let back = made_into(scratch, implied, home).await?;
    let undo = sql(scratch, live, scratch.as_script(back.statements), back.leftover);
    Ok((Some(done), Some(undo)))
}

/// Makes a scratch database what a snapshot is, and says how. Names lead where they do in the live database: as the files of the team the statements
/// run in a schema of another name too, where they name none. A name may mean another thing without its schema, so that these are tried.
async fn made_into<S: Undoing + Savepoints + ScratchRunner>(
    scratch: &mut S,
    wanted: &S::Snapshot,
    home: Option<&str>,
) -> Result<Derived> {
    let Some(home) = home else { return derive(scratch, wanted).await };
    scratch.set_savepoint(&[]).await?;
    let mut derived = derive(scratch, wanted).await?;
    let made = scratch.inspect().await?;
    scratch.roll_back().await?;
    let bare = unqualified::statements(&derived.statements, home);
    scratch.set_savepoint(&[]).await?;
    let is_same = if scratch.execute(&bare).await.is_ok() {
        let then = scratch.inspect().await?;
        scratch.is_restored(&diff(then.catalog(), made.catalog()))
    } else {
        false
    };
    if is_same {
        derived.statements = bare;
    } else {
        scratch.roll_back().await?;
        scratch.set_savepoint(&[]).await?;
        scratch.execute(&derived.statements).await.map_err(|reason| {
            Error::new(Code::Query, "what was tried on the scratch database does not run again").with_cause(reason)
        })?;
    }
    scratch.release_savepoint().await?;
    Ok(derived)
}

/// In the words of the live database.
fn sql<S: LikeLive>(
    scratch: &S,
    live: &Inspection<S::Snapshot>,
    statements: Vec<OwnStatement>,
    mut gaps: Vec<String>,
) -> Sql {
    let (statements, left_out) = scratch.statements_as_live(live, statements);
    gaps.extend(left_out);
    let drops_table = statements.iter().any(|statement| statement.kind == OwnKind::DropTable);
    Sql { text: if statements.is_empty() { String::new() } else { text::sql(&statements) }, gaps, drops_table }
}

/// The data that goes, or stays away, when these changes are taken back.
pub(super) fn losses(changes: &[Change<'_>]) -> Vec<String> {
    let is_whole = |object: &Object| matches!(object.kind(), Kind::Table | Kind::VirtualTable);
    let is_stored = |object: &Object| object.body.column().is_some_and(|column| column.generated.is_none());
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
