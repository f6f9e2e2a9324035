//! What was not there before goes, and what is to be made anew.

use super::name::PlainName;
use super::pairs::Pairs;
use crate::catalog::Kind;
use crate::database::sqlite::inspect::{SqliteSnapshot, WholeObject};
use crate::down::UndoCandidate;
use crate::sql::{OwnKind, OwnStatement};

pub(super) fn offer(pairs: &Pairs<'_>, now: &SqliteSnapshot, before: &SqliteSnapshot) -> Option<UndoCandidate> {
    let dropped_with = |name: &str| pairs.added.iter().any(|table| table.name.eq_ignore_ascii_case(name));
    let mut statements = Vec::new();
    // The last made is the first to go.
    for kind in [Kind::Trigger, Kind::View, Kind::Index, Kind::VirtualTable] {
        let wrong = now.others.iter().rev().filter(|other| other.kind == kind && !is_as_before(other, before));
        let needed = wrong.filter(|other| !matches!(kind, Kind::Trigger | Kind::Index) || !dropped_with(&other.table));
        statements.extend(needed.map(drop));
    }
    statements.extend(pairs.added.iter().rev().map(|table| drop_table(&PlainName(&table.name))));
    (!statements.is_empty()).then_some(UndoCandidate { statements })
}

/// SQLite takes names that differ in case for the same, and yet keeps them as they were written.
fn is_as_before(other: &WholeObject, before: &SqliteSnapshot) -> bool {
    let old = before.other(other.kind, &other.name);
    old.is_some_and(|old| old.name == other.name && old.definition == other.definition)
}

/// The statement that drops it.
pub(super) fn drop(other: &WholeObject) -> OwnStatement {
    let name = PlainName(&other.name);
    match other.kind {
        Kind::Trigger => OwnStatement::object(format!("DROP TRIGGER {name}")),
        Kind::View => OwnStatement::object(format!("DROP VIEW {name}")),
        Kind::Index => OwnStatement::object(format!("DROP INDEX {name}")),
        _ => drop_table(&name),
    }
}

pub(super) fn drop_table(name: &PlainName<'_>) -> OwnStatement {
    OwnStatement::new(OwnKind::DropTable, format!("DROP TABLE {name}"))
}
