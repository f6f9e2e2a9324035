//! What data goes, as far as the catalogs show it.

use std::borrow::Cow;

use super::pairs::{Pair, Pairs};
use crate::catalog::Kind;
use crate::database::sqlite::inspect::Snapshot;
use crate::down::Losses;
use crate::sql::{Loss, Name};

pub(super) fn of(before: &Snapshot, after: &Snapshot) -> Losses {
    let pairs = Pairs::of(after, before);
    let mut losses = Losses::default();
    let virtuals = |of: &Snapshot, not: &Snapshot| -> Vec<String> {
        let all = of.others.iter().filter(|other| other.kind == Kind::VirtualTable);
        all.filter(|other| not.other(Kind::VirtualTable, &other.name).is_none())
            .map(|other| other.name.clone())
            .collect()
    };
    let added = pairs.added.iter().map(|table| table.name.clone()).chain(virtuals(after, before));
    losses.lost.extend(added.map(|name| Loss::Rows { table: table(&name) }));
    for pair in &pairs.both {
        columns(pair, &mut losses);
    }
    let gone = pairs.gone.iter().map(|table| table.name.clone()).chain(virtuals(before, after));
    gone.for_each(|name| losses.table_was_dropped(&table(&name)));
    losses
}

fn columns(pair: &Pair<'_>, losses: &mut Losses) {
    let places = pair.columns();
    for (at, column) in pair.now.table.columns.iter().enumerate() {
        if !places.contains(&Some(at)) && !column.is_generated() {
            losses.lost.push(Loss::Values { table: table(&pair.now.name), column: column.name.clone() });
        }
    }
    for (column, place) in pair.before.table.columns.iter().zip(&places) {
        if place.is_none() && !column.is_generated() {
            losses.column_was_dropped(&table(&pair.before.name), &column.name);
        }
    }
}

fn table(name: &str) -> Name<'static> {
    Name { schema: None, name: Cow::Owned(name.to_owned()) }
}
