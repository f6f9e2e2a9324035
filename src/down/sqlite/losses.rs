//! What data goes, as far as the catalogs show it.

use std::borrow::Cow;

use super::pairs::{Pair, Pairs};
use crate::catalog::Kind;
use crate::database::sqlite::inspect::{Affinity, ColumnDefinition, SqliteSnapshot, WholeObject};
use crate::source::{Losses, reason};
use crate::sql::{Loss, Name, content_table};

pub(super) fn of(before: &SqliteSnapshot, after: &SqliteSnapshot) -> Losses {
    let pairs = Pairs::of(after, before);
    let mut losses = Losses::default();
    // An index of the texts of a table that stays goes without a loss: an up makes it again from them.
    let stays = |table: &String| before.table(table).is_some() && after.table(table).is_some();
    let holding = missing(after, before).filter(|other| !content_table(&other.sql).is_some_and(|table| stays(&table)));
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
fn missing<'a>(of: &'a SqliteSnapshot, not: &'a SqliteSnapshot) -> impl Iterator<Item = &'a WholeObject> {
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
        match place {
            _ if column.is_generated() => {}
            None => losses.column_was_dropped(&table(&pair.before.name), &column.name),
            Some(at) => converted(pair, column, &pair.now.table.columns[*at], losses),
        }
    }
}

/// Values that a type keeps otherwise than the one that the column had.
fn converted(pair: &Pair<'_>, before: &ColumnDefinition, now: &ColumnDefinition, losses: &mut Losses) {
    let named = |column: &ColumnDefinition| {
        if column.datatype.is_empty() { "no type".to_owned() } else { column.datatype.clone() }
    };
    let (was, is) = (named(before), named(now));
    let loss = |from: &str, to: &str| Loss::Converted {
        table: table(&pair.now.name),
        column: now.name.clone(),
        how: format!("from {from} to {to}"),
    };
    if !keeps(before.affinity(), now.affinity()) {
        let column = loss(&was, &is);
        losses.reasons.push(reason::WERE_CONVERTED.say(&[&column, &was, &is]));
    }
    if !keeps(now.affinity(), before.affinity()) && !now.is_generated() {
        losses.lost.push(loss(&is, &was));
    }
}

/// Whether each value of one affinity comes back from the other as it was: a text that looks like a number does not, nor a number with a
/// point as text, nor a whole one beyond 2^53 with a point.
fn keeps(from: Affinity, to: Affinity) -> bool {
    match (from, to) {
        (_, Affinity::Any | Affinity::Blob)
        | (Affinity::Integer | Affinity::Real | Affinity::Numeric, Affinity::Integer | Affinity::Numeric)
        | (Affinity::Integer, Affinity::Text) => true,
        _ => from == to,
    }
}

fn table(name: &str) -> Name<'static> {
    Name { schema: None, name: Cow::Owned(name.to_owned()) }
}
