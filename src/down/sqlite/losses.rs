//! What data goes, as far as the catalogs show it.

use super::name::Plain;
use super::pairs::{Pair, Pairs};
use crate::catalog::Kind;
use crate::database::sqlite::inspect::Snapshot;
use crate::down::Losses;

pub(super) fn of(before: &Snapshot, after: &Snapshot) -> Losses {
    let pairs = Pairs::of(after, before);
    let mut reasons = Vec::new();
    let virtuals = |of: &Snapshot, not: &Snapshot| -> Vec<String> {
        let all = of.others.iter().filter(|other| other.kind == Kind::VirtualTable);
        all.filter(|other| not.other(Kind::VirtualTable, &other.name).is_none())
            .map(|other| other.name.clone())
            .collect()
    };
    let added = pairs.added.iter().map(|table| table.name.clone()).chain(virtuals(after, before));
    reasons.extend(added.map(|name| format!("table {} is dropped with its rows", Plain(&name))));
    for pair in &pairs.both {
        columns(pair, &mut reasons);
    }
    let gone = pairs.gone.iter().map(|table| table.name.clone()).chain(virtuals(before, after));
    reasons.extend(gone.map(|name| format!("table {} comes back without the rows that the up dropped", Plain(&name))));
    Losses { reasons }
}

fn columns(pair: &Pair<'_>, reasons: &mut Vec<String>) {
    let places = pair.columns();
    for (at, column) in pair.now.table.columns.iter().enumerate() {
        if !places.contains(&Some(at)) && !column.is_generated() {
            let (table, column) = (Plain(&pair.now.name), Plain(&column.name));
            reasons.push(format!("column {table}.{column} is dropped with its values"));
        }
    }
    for (column, place) in pair.before.table.columns.iter().zip(&places) {
        if place.is_none() && !column.is_generated() {
            let (table, column) = (Plain(&pair.before.name), Plain(&column.name));
            reasons.push(format!("column {table}.{column} comes back without the values that the up dropped"));
        }
    }
}
