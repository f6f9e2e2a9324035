//! Tables and columns get their old names back.

use super::name::PlainName;
use super::pairs::{Pair, Pairs};
use crate::database::sqlite::inspect::SqliteSnapshot;
use crate::down::UndoCandidate;
use crate::sql::{OwnKind, OwnStatement};

/// Tables that have another name, then columns.
pub(super) fn offers(pairs: &Pairs<'_>, now: &SqliteSnapshot, offers: &mut Vec<UndoCandidate>) {
    // One at a time: where names are passed on in a ring, each rename depends on the one before.
    for pair in &pairs.both {
        push(offers, table(pair, pairs, now));
    }
    for pair in &pairs.both {
        push(offers, columns(pair));
    }
}

fn push(offers: &mut Vec<UndoCandidate>, statements: Vec<OwnStatement>) {
    if !statements.is_empty() {
        offers.push(UndoCandidate { statements });
    }
}

fn table(pair: &Pair<'_>, pairs: &Pairs<'_>, now: &SqliteSnapshot) -> Vec<OwnStatement> {
    let (from, to) = (&pair.now.name, &pair.before.name);
    if from == to {
        return Vec::new();
    }
    let rename = |from: &str, to: &str| rename_table(&PlainName(from), &PlainName(to));
    if from.eq_ignore_ascii_case(to) {
        // SQLite takes both for the same name, and refuses.
        let between = free(now, to);
        return vec![rename(from, &between)];
    }
    if !now.is_taken(to) {
        return vec![rename(from, to)];
    }
    // Two tables have swapped their names: one steps aside, so that this one has its own. What is to go anyway is dropped first.
    let Some(other) = now.table(to) else { return Vec::new() };
    let is_kept = pairs.both.iter().any(|pair| pair.now.id == other.id && pair.now.name != pair.before.name);
    if is_kept { vec![rename(&other.name, &free(now, to)), rename(from, to)] } else { Vec::new() }
}

pub(super) fn rename_table(from: &PlainName<'_>, to: &PlainName<'_>) -> OwnStatement {
    OwnStatement::new(OwnKind::RenameTable, format!("ALTER TABLE {from} RENAME TO {to}"))
}

/// A name that nothing has.
pub(super) fn free(now: &SqliteSnapshot, name: &str) -> String {
    let mut free = format!("{name}_old");
    while now.is_taken(&free) {
        free.push('_');
    }
    free
}

fn columns(pair: &Pair<'_>) -> Vec<OwnStatement> {
    let places = pair.columns();
    let taken = |name: &str| pair.now.table.columns.iter().any(|column| column.name.eq_ignore_ascii_case(name));
    let mut statements = Vec::new();
    for (column, place) in pair.before.table.columns.iter().zip(places) {
        let Some(from) = place.map(|place| &pair.now.table.columns[place].name) else { continue };
        let only_case = from.eq_ignore_ascii_case(&column.name);
        if *from != column.name && (only_case || !taken(&column.name)) {
            let (table, from, to) = (PlainName(&pair.now.name), PlainName(from), PlainName(&column.name));
            statements.push(OwnStatement::object(format!("ALTER TABLE {table} RENAME COLUMN {from} TO {to}")));
        }
    }
    statements
}
