//! What data goes, as far as the catalogs show it.

use std::borrow::Cow;

use super::pairs::{Pair, Pairs};
use super::virtuals;
use crate::catalog::Kind;
use crate::database::sqlite::inspect::{Other, Snapshot};
use crate::down::Losses;
use crate::sql::{Loss, Name};

pub(super) fn of(before: &Snapshot, after: &Snapshot) -> Losses {
    let pairs = Pairs::of(after, before);
    let mut losses = Losses::default();
    // An index of a table's texts goes without a loss: an up makes it again from them.
    let holding = missing(after, before).filter(|other| !virtuals::is_built_from_a_table(other));
    let added = pairs.added.iter().map(|table| &table.name).chain(holding.map(|other| &other.name));
    losses.lost.extend(added.map(|name| Loss::Rows { table: table(name) }));
    for pair in &pairs.both {
        columns(pair, &mut losses);
    }
    let gone = pairs.gone.iter().map(|table| &table.name).chain(missing(before, after).map(|other| &other.name));
    gone.for_each(|name| losses.table_was_dropped(&table(name)));
    losses
}

/// The virtual tables of the one that the other does not have.
fn missing<'a>(of: &'a Snapshot, not: &'a Snapshot) -> impl Iterator<Item = &'a Other> {
    let all = of.others.iter().filter(|other| other.kind == Kind::VirtualTable);
    all.filter(|other| not.other(Kind::VirtualTable, &other.name).is_none())
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
