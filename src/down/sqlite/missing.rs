//! What was there before is made again, as it was written.

use super::name::PlainName;
use super::pairs::Pairs;
use crate::catalog::Kind;
use crate::database::sqlite::inspect::{SqliteSnapshot, WholeObject};
use crate::down::UndoCandidate;
use crate::sql::{OwnKind, OwnStatement};

/// Tables whose names are free, empty.
pub(super) fn tables(pairs: &Pairs<'_>, now: &SqliteSnapshot, before: &SqliteSnapshot) -> Option<UndoCandidate> {
    let mut statements: Vec<OwnStatement> = pairs
        .gone
        .iter()
        .filter(|entry| !now.is_taken(&entry.name))
        .map(|entry| OwnStatement::object(entry.table.create(&PlainName(&entry.name).to_string())))
        .collect();
    for other in missing(now, before, Kind::VirtualTable) {
        statements.push(OwnStatement::object(&*other.sql));
        statements.extend(fill(other));
    }
    (!statements.is_empty()).then_some(UndoCandidate { statements })
}

/// Indexes, views and triggers, each kind in the order in which they were made.
pub(super) fn rest(now: &SqliteSnapshot, before: &SqliteSnapshot) -> Option<UndoCandidate> {
    let kinds = [Kind::Index, Kind::View, Kind::Trigger];
    let all = kinds.iter().flat_map(|kind| missing(now, before, *kind));
    let statements: Vec<OwnStatement> = all.map(|other| OwnStatement::object(&*other.sql)).collect();
    (!statements.is_empty()).then_some(UndoCandidate { statements })
}

/// The settings of the file.
pub(super) fn settings(now: &SqliteSnapshot, before: &SqliteSnapshot) -> Option<UndoCandidate> {
    let wrong = before.settings.iter().filter(|setting| !now.settings.contains(setting));
    let set = |(name, value): &(&str, i64)| OwnStatement::new(OwnKind::Setting, format!("PRAGMA {name} = {value}"));
    let statements: Vec<OwnStatement> = wrong.map(set).collect();
    (!statements.is_empty()).then_some(UndoCandidate { statements })
}

fn missing<'a>(
    now: &'a SqliteSnapshot,
    before: &'a SqliteSnapshot,
    kind: Kind,
) -> impl Iterator<Item = &'a WholeObject> {
    before.others.iter().filter(move |other| other.kind == kind && now.other(kind, &other.name).is_none())
}

/// A full-text index over another table is built from that (<https://www.sqlite.org/fts5.html#the_rebuild_command>).
fn fill(table: &WholeObject) -> Option<OwnStatement> {
    let definition = table.definition.as_ref();
    let is_over_table = (definition.contains("using fts5") || definition.contains("using fts4"))
        && definition.split("content = ").nth(1).is_some_and(|rest| !rest.starts_with("''"));
    let name = PlainName(&table.name);
    let text = || format!("INSERT INTO {name} ({name}) VALUES ('rebuild')");
    is_over_table.then(|| OwnStatement::new(OwnKind::Rows, text()))
}
